import { InputError } from '../base/errors.js';
import type { Limits } from '../plan/experiment.js';
import type { Measured } from './meter.js';
import type { SavingLevel } from './saving.js';

/** What one limit did to the grid. A point that breaks several limits counts for each of them. */
export interface RemovedByLimit {
  readonly limit: LimitName;
  readonly max: number;
  readonly points: number;
  /** Value over limit of the removed points: smallest and largest. */
  readonly overBy: { readonly min: number; readonly max: number };
}

export type LimitName = keyof Limits;

/** The quantities that limits apply to. */
type Limited = Pick<Measured, 'cost' | 'peakBytes'>;

const quantities: Readonly<Record<LimitName, (network: Limited, baselineMacs: number) => number>> = {
  macs: ({ cost }) => cost.macs,
  params: ({ cost }) => cost.params,
  activations: ({ cost }) => cost.activations,
  costRatio: ({ cost }, baselineMacs) => cost.macs / baselineMacs,
  memoryBytes: ({ peakBytes }) => peakBytes,
};

interface Exceeded {
  readonly limit: LimitName;
  readonly max: number;
  /** Value over limit, above 1. */
  readonly factor: number;
}

/** The limits that a network breaks. */
export function exceededLimits(network: Limited, limits: Limits, baselineMacs: number): Exceeded[] {
  const exceeded: Exceeded[] = [];
  for (const limit of Object.keys(quantities) as LimitName[]) {
    const max = limits[limit];
    if (max === undefined) continue;
    const factor = quantities[limit](network, baselineMacs) / max;
    if (factor > 1) exceeded.push({ limit, max, factor });
  }
  return exceeded;
}

/**
 * Keeps the points whose realised network is within every limit, and reports what each limit removed. Throws an `InputError` when no point
 * is left. `memorySaving` is how far trainings could save memory before the memory limit removed a network.
 */
export function applyLimits<P>(
  points: readonly P[],
  networkOf: (point: P) => Limited,
  limits: Limits,
  baselineMacs: number,
  memorySaving: SavingLevel = 'none',
): { kept: P[]; removed: RemovedByLimit[] } {
  const removed = new Map<LimitName, RemovedByLimit>();
  const kept = points.filter((point) => {
    const exceeded = exceededLimits(networkOf(point), limits, baselineMacs);
    for (const { limit, max, factor } of exceeded) {
      const { points: before, overBy } = removed.get(limit) ?? { points: 0, overBy: { min: factor, max: factor } };
      removed.set(limit, {
        limit,
        max,
        points: before + 1,
        overBy: { min: Math.min(overBy.min, factor), max: Math.max(overBy.max, factor) },
      });
    }
    return exceeded.length === 0;
  });
  const all = [...removed.values()];
  if (kept.length === 0 && points.length > 0)
    throw new InputError(
      'no-point',
      `limits: expected to leave a point, got none of ${points.length}: ${all.map((one) => `${removedSentence(one)}${one.limit === 'memoryBytes' ? triedWords[memorySaving] : ''}`).join('; ')}`,
    );
  return { kept, removed: all };
}

/** How memory was saved before the memory limit removed a point. */
const triedWords: Readonly<Record<SavingLevel, string>> = {
  none: '',
  recompute: ' with blocks computed once more in the backward pass',
  'micro-batches': ' with blocks computed once more in the backward pass and one image at a time',
};

/** `macs ≤ 500000000 removed 12 points, over by ×1.02 to ×1.6`. */
export function removedSentence({ limit, max, points, overBy }: RemovedByLimit): string {
  const range = points === 1 ? `×${factor(overBy.min)}` : `×${factor(overBy.min)} to ×${factor(overBy.max)}`;
  return `${limit} ≤ ${max} removed ${points} ${points === 1 ? 'point' : 'points'}, over by ${range}`;
}

/** Three significant digits, but never so few that a factor above 1 reads as 1. */
function factor(value: number): string {
  const text = value.toPrecision(3);
  return Number(text) > 1 ? text : value.toPrecision(8);
}
