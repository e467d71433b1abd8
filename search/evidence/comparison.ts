import type { PointRole } from '../plan/plan.js';
import type { Candidate } from './candidate.js';
import type { Corrected } from './equal-cost.js';
import type { Estimate } from './estimate.js';

/** The choice against one way of scaling that it was to beat. Accuracies are shares. */
export interface Comparison {
  /** A single-dimension series, of which the best network is taken, or the baseline. */
  readonly role: Exclude<PointRole, 'grid'>;
  readonly networkId: string;
  /** Accuracy of the choice less that of the other; negative where the other is better. */
  readonly difference: number;
  /** Of the difference; null while the seed noise is unknown. */
  readonly standardError: number | null;
  /** Whether both were corrected to the target cost. Never for the baseline, which costs less by intent. */
  readonly atTargetCost: boolean;
  /** The choice is this network itself. */
  readonly isChoice: boolean;
}

const roles = ['depth', 'width', 'resolution', 'baseline'] as const;

/** Compares the choice with the best of each single-dimension series at equal cost, and with the baseline as it is. Empty without a choice. */
export function compareChoice(
  candidates: readonly Candidate[],
  estimates: readonly Estimate[],
  corrected: ReadonlyMap<string, Corrected> | null,
  chosen: string | null,
): Comparison[] {
  const estimateOf = new Map(estimates.map((estimate) => [estimate.networkId, estimate]));
  const own = chosen === null ? undefined : estimateOf.get(chosen);
  if (!own) return [];
  return roles.flatMap((role): Comparison[] => {
    const atTargetCost = role !== 'baseline' && corrected !== null;
    const value = ({ networkId, mean, standardError }: Estimate) =>
      (atTargetCost && corrected.get(networkId)) || { accuracy: mean, standardError };
    const [rival] = candidates
      .filter(({ points }) => points.some((point) => point.role === role))
      .flatMap(({ networkId }) => estimateOf.get(networkId) ?? [])
      .sort((a, b) => value(b).accuracy - value(a).accuracy || (a.networkId < b.networkId ? -1 : 1));
    if (!rival) return [];
    const [mine, other] = [value(own), value(rival)];
    const known = own.standardError !== null && mine.standardError !== null && other.standardError !== null;
    return [
      {
        role,
        networkId: rival.networkId,
        difference: mine.accuracy - other.accuracy,
        standardError: known ? Math.hypot(mine.standardError as number, other.standardError as number) : null,
        atTargetCost,
        isChoice: rival.networkId === chosen,
      },
    ];
  });
}
