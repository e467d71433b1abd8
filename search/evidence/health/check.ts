import { type Candidate, isSearched } from '../candidate.js';
import type { Comparison } from '../comparison.js';
import type { CostSlope } from '../equal-cost.js';
import type { Estimate } from '../estimate.js';
import type { SeedNoise } from '../noise.js';
import type { FittedSpread } from '../posterior.js';
import type { Surface } from '../surface.js';

export type Verdict = 'PASS' | 'WARNING' | 'FAIL';

/** What a check found; a file of this folder is one check, `null` when there is nothing for it to look at yet. */
export interface Finding {
  readonly verdict: Verdict;
  /** A sentence with its numbers. */
  readonly finding: string;
  /** What to do about it; null after a pass. */
  readonly remedy: string | null;
}

/** What the checks look at. */
export interface HealthInput {
  readonly candidates: readonly Candidate[];
  /** Of every network with a result. */
  readonly estimates: readonly Estimate[];
  readonly noise: SeedNoise;
  readonly spread: FittedSpread | null;
  readonly slope: CostSlope | null;
  readonly surface: Surface | null;
  /** The choice against the baseline and single dimensions, at equal cost. */
  readonly comparison: readonly Comparison[];
  /** Whether networks were compared at equal cost, and not as trained. */
  readonly byMerit: boolean;
  readonly tieSet: readonly string[];
  readonly chosen: string | null;
  /** How often the test split was read. */
  readonly testReads: number;
}

export function pass(finding: string): Finding {
  return { verdict: 'PASS', finding, remedy: null };
}

/** Estimates of the networks that were searched, without the baseline and the single-dimension series. */
export function searchedEstimates({ candidates, estimates }: HealthInput): Estimate[] {
  const searched = new Set(candidates.filter(isSearched).map(({ networkId }) => networkId));
  return estimates.filter(({ networkId }) => searched.has(networkId));
}
