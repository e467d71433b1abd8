import type { PointRole } from '../plan/plan.js';
import type { Candidate } from './candidate.js';
import type { Merit } from './merit.js';

/** The choice against one way of scaling that it was to beat, at equal cost. Differences are shares. */
export interface Comparison {
  /** A single-dimension series, of which the network of highest expected merit is taken, or the baseline. */
  readonly role: Exclude<PointRole, 'grid'>;
  readonly networkId: string;
  /** Expected merit of the choice less that of the other; negative where the other is better. */
  readonly difference: number;
  /** Standard deviation of the difference over joint draws. */
  readonly standardError: number;
  /** 95 % interval of the difference. */
  readonly interval: readonly [low: number, high: number];
  /** The choice is this network itself. */
  readonly isChoice: boolean;
}

const roles = ['depth', 'width', 'resolution', 'baseline'] as const;

/**
 * Compares the choice with the baseline and with the best of each single-dimension series by differences of merit over joint draws: what is
 * shared, such as the worth of a doubling, cancels. Empty without a choice and while the seed noise is unknown.
 */
export function compareChoice(
  candidates: readonly Candidate[],
  merit: Merit | null,
  chosen: string | null,
): Comparison[] {
  if (!merit || chosen === null) return [];
  const placeOf = new Map(merit.networkIds.map((id, i) => [id, i]));
  const own = placeOf.get(chosen);
  if (own === undefined) return [];
  const rivals = roles.flatMap((role) => {
    const [best] = candidates
      .filter(({ points }) => points.some((point) => point.role === role))
      .flatMap(({ networkId }) => placeOf.get(networkId) ?? [])
      .sort((a, b) => (merit.mean[b] as number) - (merit.mean[a] as number) || a - b);
    return best === undefined ? [] : [{ role, place: best, differences: [] as number[] }];
  });
  merit.draws(({ theta }) => {
    for (const { place, differences } of rivals) differences.push((theta[own] as number) - (theta[place] as number));
  });
  return rivals.map(({ role, place, differences }): Comparison => {
    const networkId = merit.networkIds[place] as string;
    const sorted = Float64Array.from(differences).sort();
    const mean = differences.reduce((sum, each) => sum + each, 0) / differences.length;
    const variance = differences.reduce((sum, each) => sum + (each - mean) ** 2, 0) / differences.length;
    const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] as number;
    return {
      role,
      networkId,
      difference: mean,
      standardError: Math.sqrt(variance),
      interval: [at(0.025), at(0.975)],
      isChoice: networkId === chosen,
    };
  });
}
