import { tQuantile } from './distributions.js';
import type { Estimate } from './estimate.js';
import type { SeedNoise } from './noise.js';

/** Which candidates the evidence cannot tell from the best, and why each other one was rejected. */
export interface TieSet {
  /** The test, in words. */
  readonly test: string;
  /** Network ids, best first. */
  readonly members: readonly string[];
  readonly rejected: readonly Rejection[];
}

export interface Rejection {
  readonly networkId: string;
  readonly reason: string;
}

/**
 * The candidates whose mean is not below the best mean at 95 %: one-sided t tests with the pooled noise, Bonferroni-corrected for
 * the k − 1 comparisons. While the noise is unknown nothing can be told apart and every candidate is a member.
 */
export function tieSet(estimates: readonly Estimate[], noise: SeedNoise): TieSet {
  const ranked = estimates.toSorted((a, b) => b.mean - a.mean || (a.networkId < b.networkId ? -1 : 1));
  const [best, ...others] = ranked;
  if (!best) return { test: 'no candidate has a result', members: [], rejected: [] };
  if (noise.sd === null) {
    return {
      test: 'seed noise unknown: nothing can be told apart',
      members: ranked.map(({ networkId }) => networkId),
      rejected: [],
    };
  }
  const { sd, degreesOfFreedom } = noise;
  const critical = others.length === 0 ? 0 : tQuantile(1 - 0.05 / others.length, degreesOfFreedom);
  const members = [best.networkId];
  const rejected: Rejection[] = [];
  for (const other of others) {
    const margin = critical * sd * Math.sqrt(1 / best.n + 1 / other.n);
    const gap = best.mean - other.mean;
    if (gap <= margin) members.push(other.networkId);
    else {
      const reason = `${points(gap)} points below the best, more than the ${points(margin)} that chance explains at 95 %`;
      rejected.push({ networkId: other.networkId, reason });
    }
  }
  return {
    test: `one-sided t tests against the best at 95 %, corrected for ${others.length} comparisons (Bonferroni)`,
    members,
    rejected,
  };
}

function points(share: number): string {
  return (share * 100).toFixed(2);
}
