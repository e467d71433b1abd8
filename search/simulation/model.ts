import { childSeed, Random } from '../base/random.js';
import type { RealisedMultipliers } from '../scaling/realised-multipliers.js';
import type { SimulationSpec } from './simulation.js';

/** What stands in the place of a training: the model and where this network lies on it. */
export interface SimulatedTrial {
  readonly spec: SimulationSpec;
  /** Macs over the baseline's. */
  readonly costRatio: number;
  readonly multipliers: RealisedMultipliers;
  /** Trainable parameters, reported as if they had been counted. */
  readonly params: number;
  /** Predicted peak training memory, bytes, reported as if it had been measured. */
  readonly peakBytes: number;
}

/** Which training of which network is simulated. */
export interface SimulatedRun {
  readonly networkId: string;
  /** Seed of the trial. */
  readonly seed: number;
  readonly classes: number;
  readonly epochs: number;
}

export type SimulatedFault = keyof SimulationSpec['faults'];

/**
 * Accuracy of a network as the surface has it, a share, before seed noise and not clipped:
 *
 *   base + perDoubling · log₂(costRatio) − curvature · |s − Σs · o|² + noise of the network,
 *
 * where s = (log₂ d, 2·log₂ w, 2·log₂ r) are the doublings of compute that went into depth, width and resolution, and o is the same
 * of the optimum α, β, γ, divided by its sum. Only the direction of the optimum counts, so the surface holds at any φ.
 */
export function expectedAccuracy({ spec, costRatio, multipliers }: SimulatedTrial, networkId: string): number {
  const spent = doublings(multipliers.depth, multipliers.width, multipliers.resolution);
  const optimum = shares(doublings(spec.optimum.alpha, spec.optimum.beta, spec.optimum.gamma));
  const total = sum(spent);
  const distance2 = sum(spent.map((x, i) => (x - total * (optimum[i] as number)) ** 2));
  const networkNoise = spec.networkNoise * new Random(childSeed(spec.seed, 'network', networkId)).normal();
  return spec.base + spec.perDoubling * Math.log2(costRatio) - spec.curvature * distance2 + networkNoise;
}

/** Validation accuracy of one training at its last epoch: the surface and the noise of its seed, clipped to [0, 1]. */
export function finalAccuracy(trial: SimulatedTrial, run: SimulatedRun): number {
  const noise = new Random(childSeed(trial.spec.seed, 'trial', run.networkId, run.seed)).normal();
  return clip(expectedAccuracy(trial, run.networkId) + trial.spec.seedNoise * noise);
}

/**
 * Validation accuracy after `epoch` (from 1): from chance towards the final accuracy, as 1 − exp(−rate · epoch / epochs), and equal to
 * it at the last epoch. Deeper networks start more slowly (rate 4 / √depth), so that early curves cross as real ones do; the noise of an
 * epoch is the seed noise, fading to nothing at the end.
 */
export function accuracyAt(epoch: number, trial: SimulatedTrial, run: SimulatedRun): number {
  const final = finalAccuracy(trial, run);
  if (epoch >= run.epochs) return final;
  const rate = 4 / Math.sqrt(trial.multipliers.depth);
  const share = epoch / run.epochs;
  const progress = -Math.expm1(-rate * share) / -Math.expm1(-rate);
  const chance = 1 / run.classes;
  const noise = new Random(childSeed(trial.spec.seed, 'epoch', run.networkId, run.seed, epoch)).normal();
  return clip(chance + (final - chance) * progress + trial.spec.seedNoise * (1 - share) * noise);
}

/** The cross-entropy that goes with an accuracy here: that of predicting the true class with this probability. */
export function lossOf(accuracy: number): number {
  return -Math.log(Math.max(accuracy, 1e-3));
}

/** The fault that strikes this attempt, and the epoch in which it does; null for none. A further attempt draws anew. */
export function faultOf(
  spec: SimulationSpec,
  trialId: string,
  attempt: number,
  epochs: number,
): { readonly fault: SimulatedFault; readonly epoch: number } | null {
  const random = new Random(childSeed(spec.seed, 'fault', trialId, attempt));
  let draw = random.uniform();
  for (const fault of ['crash', 'lost', 'oom', 'diverge', 'hang'] as const) {
    draw -= spec.faults[fault];
    if (draw < 0) return { fault, epoch: 1 + random.below(epochs) };
  }
  return null;
}

function doublings(depth: number, width: number, resolution: number): number[] {
  return [Math.log2(depth), 2 * Math.log2(width), 2 * Math.log2(resolution)];
}

/** An optimum that spends nothing has no direction: equal shares then. */
function shares(spent: readonly number[]): number[] {
  const total = sum(spent);
  return spent.map((x) => (Math.abs(total) < 1e-9 ? 1 / spent.length : x / total));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function clip(share: number): number {
  return Math.min(1, Math.max(0, share));
}
