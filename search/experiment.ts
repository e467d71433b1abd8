import { z } from 'zod';
import { architectureSchema } from './architecture.js';
import { datasetSchema } from './dataset.js';
import { parse } from './parse.js';
import { recipeSchema } from './recipe.js';

/** A closed range on a grid: from, from + step, … to. */
const rangeSchema = z.strictObject({
  from: z.number().gt(0).max(16),
  to: z.number().gt(0).max(16),
  step: z.number().gt(0).max(16),
});

const gridSchema = z.strictObject({
  alpha: rangeSchema.default({ from: 1, to: 2, step: 0.05 }).describe('depth grows by α^φ'),
  beta: rangeSchema.default({ from: 1, to: 2, step: 0.05 }).describe('width grows by β^φ'),
  gamma: rangeSchema.default({ from: 1, to: 2, step: 0.05 }).describe('resolution grows by γ^φ'),
  product: z.number().gt(0).max(1024).default(2).describe('target of α·β²·γ²'),
  tolerance: z.number().min(0).max(1024).default(0.1).describe('points with |α·β²·γ² − product| ≤ tolerance are kept'),
  phi: z.number().min(-16).max(16).default(1).describe('the compound coefficient φ at which the points are trained'),
});

const scalingSchema = z.strictObject({
  rounding: z.enum(['efficientnet', 'nearest']).default('efficientnet'),
  /** The input resolution is rounded to a multiple of this; 1 rounds to the nearest pixel. */
  resolutionMultiple: z.int().min(1).max(512).default(1),
  /** Keep each point's direction (log α : log β : log γ) and solve φ so that the realised macs meet product^φ. */
  retarget: z.boolean().default(false),
});

/** Upper limits on the realised network. */
const limitsSchema = z.strictObject({
  macs: z.number().gt(0).optional(),
  params: z.number().gt(0).optional(),
  activations: z.number().gt(0).optional(),
  /** Realised macs relative to the baseline. */
  costRatio: z.number().gt(0).optional(),
  /** Predicted peak training memory at the recipe's batch. */
  memoryBytes: z.number().gt(0).optional(),
});

export const experimentSchema = z.strictObject({
  $schema: z.string().optional(),
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/i)
    .max(60)
    .describe('names the store and the export'),
  question: z.string().min(1),
  expected: z.string().optional(),
  cost: z.string().optional(),
  baseline: z
    .union([z.string().min(1), architectureSchema])
    .describe('a network of the catalogue, the path of a JSON file, or the network itself'),
  /** Replaces the baseline's input resolution. */
  resolutionPx: z.int().min(1).max(4096).optional(),
  data: datasetSchema,
  grid: gridSchema.prefault({}),
  scaling: scalingSchema.prefault({}),
  limits: limitsSchema.prefault({}),
  /** Also train depth-only, width-only and resolution-only networks at the same realised cost, for comparison. */
  singleDimension: z.boolean().default(true),
  training: recipeSchema.prefault({}),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(1),
  /** Trainings of each network, each with its own seed. */
  replicates: z.int().min(1).max(100).default(1),
});

export type ExperimentSpec = Readonly<z.infer<typeof experimentSchema>>;
export type GridSpec = ExperimentSpec['grid'];
export type Range = GridSpec['alpha'];
export type ScalingSpec = ExperimentSpec['scaling'];
export type Limits = ExperimentSpec['limits'];

export function parseExperiment(value: unknown, path = ''): ExperimentSpec {
  return parse(experimentSchema, value, path);
}
