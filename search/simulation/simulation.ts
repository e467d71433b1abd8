import { z } from 'zod';
import { group, type IdentityFields, unless } from '../base/identity.js';

/** A seeded accuracy model in the place of training: a whole search in seconds. Whatever comes from it is marked as simulated. */
export const simulationSchema = z.strictObject({
  seed: z.int().min(0).default(1),
  /** Accuracy of the baseline's cost at the optimum shares. */
  base: z.number().min(0).max(1).default(0.7),
  /** Gain in accuracy per doubling of macs. */
  perDoubling: z.number().min(-1).max(1).default(0.02),
  /** The α, β, γ at which accuracy at equal cost is highest. */
  optimum: z
    .strictObject({ alpha: z.number().gt(0), beta: z.number().gt(0), gamma: z.number().gt(0) })
    .default({ alpha: 1.2, beta: 1.1, gamma: 1.15 }),
  /** Loss of accuracy per squared distance from the optimum, in shares (log₂ α, 2·log₂ β, 2·log₂ γ). */
  curvature: z.number().min(0).default(0.05),
  /** Standard deviation between seeds of one network. */
  seedNoise: z.number().min(0).default(0.004),
  /** Standard deviation between networks that the surface does not explain. */
  networkNoise: z.number().min(0).default(0),
  /** Wall time of one epoch, milliseconds. */
  epochMs: z.number().min(0).max(3_600_000).default(0),
  /** Probability of each fault per attempt. */
  faults: z
    .strictObject({
      crash: z.number().min(0).max(1).default(0),
      lost: z.number().min(0).max(1).default(0),
      oom: z.number().min(0).max(1).default(0),
      diverge: z.number().min(0).max(1).default(0),
      hang: z.number().min(0).max(1).default(0),
    })
    .prefault({}),
});

export type SimulationSpec = Readonly<z.infer<typeof simulationSchema>>;

/** How a simulation enters the ids of its trials and the hash of its plan. */
export const simulationIdentity: IdentityFields<SimulationSpec> = {
  seed: unless(1),
  base: unless(0.7),
  perDoubling: unless(0.02),
  optimum: unless({ alpha: 1.2, beta: 1.1, gamma: 1.15 }),
  curvature: unless(0.05),
  seedNoise: unless(0.004),
  networkNoise: unless(0),
  epochMs: unless(0),
  faults: group({ crash: unless(0), lost: unless(0), oom: unless(0), diverge: unless(0), hang: unless(0) }),
};
