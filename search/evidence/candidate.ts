import type { Cost } from '../cost/counts.js';
import type { Plan, PlannedPoint } from '../plan/plan.js';
import { type RealisedMultipliers, realisedMultipliers } from '../scaling/realised-multipliers.js';

/** How a planned trial stands, as far as the evidence is concerned. Only `completed` has an accuracy to read. */
export type TrialRecord = { readonly networkId: string; readonly replicate: number } & (
  | {
      readonly state: 'completed';
      /** Validation accuracy at the recipe's last epoch, a share in [0, 1]. */
      readonly accuracy: number;
      /** Validation accuracy after each epoch, from the first. */
      readonly curve: readonly number[];
    }
  | { readonly state: 'unfinished' | 'failed' /** Such as `queued` or `diverged at epoch 3`. */; readonly what: string }
);

/** One network with all that is known of it: what it costs, which points round to it, and how its trials stand. */
export interface Candidate {
  readonly networkId: string;
  /** Exact counts per image. */
  readonly cost: Cost;
  /** By how much it is deeper, wider and of higher resolution than the baseline, after rounding. */
  readonly multipliers: RealisedMultipliers;
  /** Predicted peak training memory at the recipe's batch, bytes. */
  readonly peakBytes: number;
  /** The points that round to this network, at least one. */
  readonly points: readonly PlannedPoint[];
  /** In the order of the replicates. */
  readonly trials: readonly TrialRecord[];
}

/** Joins a plan with its trials: one candidate per network of the plan, in the plan's order. */
export function candidatesOf(
  plan: Pick<Plan, 'baseline' | 'points' | 'networks'>,
  trials: readonly TrialRecord[],
): Candidate[] {
  const pointsOf = byNetwork(plan.points);
  const trialsOf = byNetwork(trials);
  return plan.networks.map(({ id, network, cost, peakBytes }) => ({
    networkId: id,
    cost,
    multipliers: realisedMultipliers(plan.baseline, network),
    peakBytes,
    points: pointsOf.get(id) ?? [],
    trials: (trialsOf.get(id) ?? []).toSorted((a, b) => a.replicate - b.replicate),
  }));
}

function byNetwork<T extends { readonly networkId: string }>(items: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(item.networkId);
    if (group) group.push(item);
    else groups.set(item.networkId, [item]);
  }
  return groups;
}

/** Validation accuracies of the finished seeds, shares in [0, 1]. */
export function accuraciesOf({ trials }: Candidate): number[] {
  return trials.flatMap((trial) => (trial.state === 'completed' ? [trial.accuracy] : []));
}

/** True where a point of the search, rather than the baseline or a single-dimension series alone, leads to the network. */
export function isSearched(candidate: Candidate): boolean {
  return candidate.points.some((point) => point.role === 'grid');
}

/** True where a network stands for the baseline alone, which costs less than the target by intent. */
export function isBaselineAlone(candidate: Candidate): boolean {
  return candidate.points.every((point) => point.role === 'baseline');
}

/** The searched points of a network, or all of them where none was searched. */
export function pointsOf(candidate: Candidate): readonly PlannedPoint[] {
  const searched = candidate.points.filter((point) => point.role === 'grid');
  return searched.length > 0 ? searched : candidate.points;
}

/**
 * The point that stands for a network in tables and exports: of the searched points that round to it, the one in the middle,
 * that is with the smallest sum of squared distances to the others in (log α, log β, log γ); the first of equals.
 */
export function representative(candidate: Candidate): PlannedPoint {
  const pool = pointsOf(candidate);
  const spread = (a: PlannedPoint) =>
    pool.reduce(
      (sum, b) =>
        sum + Math.log(a.alpha / b.alpha) ** 2 + Math.log(a.beta / b.beta) ** 2 + Math.log(a.gamma / b.gamma) ** 2,
      0,
    );
  const [first, ...others] = pool;
  if (!first) throw new RangeError(`network ${candidate.networkId} has no point`);
  return others.reduce((middle, point) => (spread(point) < spread(middle) - 1e-12 ? point : middle), first);
}
