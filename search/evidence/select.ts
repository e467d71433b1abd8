import type { Coefficients } from '../plan.js';
import { type Candidate, isSearched, representative } from './candidate.js';
import { type Choice, choose } from './choice.js';
import { type Estimate, estimates } from './estimate.js';
import { type SeedNoise, seedNoise } from './noise.js';
import { type Rejection, tieSet } from './tie-set.js';

export interface SelectOptions {
  /** Macs at which candidates are compared: baseline macs · product^φ. */
  readonly targetMacs: number;
  /** A rule of `choiceRules`. */
  readonly rule?: string;
  /** Images of the validation split: what the noise is assumed from while there are no replicates. */
  readonly validationImages?: number | null;
}

/** What the evidence says so far. All network ids; the lists are best first. */
export interface Selection {
  /** Highest mean accuracy among the searched networks; null before the first result. */
  readonly best: string | null;
  readonly tieSet: readonly string[];
  /** The test that made the tie set, in words. */
  readonly test: string;
  readonly choice: (Choice & { readonly coefficients: Coefficients }) | null;
  /** Every searched network outside the tie set, with its reason. */
  readonly rejected: readonly Rejection[];
  /** Of every network with a result, also the baseline and the single-dimension series. */
  readonly estimates: readonly Estimate[];
  readonly noise: SeedNoise;
  readonly advice: readonly string[];
}

/** Chooses among the searched networks; the baseline and the single-dimension series are estimated but never chosen. */
export function select(candidates: readonly Candidate[], options: SelectOptions): Selection {
  const noise = seedNoise(candidates, options.validationImages ?? null);
  const all = estimates(candidates, noise);
  const estimateOf = new Map(all.map((estimate) => [estimate.networkId, estimate]));
  const searched = candidates.filter(isSearched);
  const compared = searched.flatMap((candidate) => {
    const estimate = estimateOf.get(candidate.networkId);
    return estimate ? [{ candidate, estimate }] : [];
  });
  const ties = tieSet(
    compared.map(({ estimate }) => estimate),
    noise,
  );
  const members = new Set(ties.members);
  const contenders = compared.filter(({ candidate }) => members.has(candidate.networkId));
  const choice = choose(contenders, options.rule ?? 'fewest-activations', options.targetMacs);
  const chosen = contenders.find(({ candidate }) => candidate.networkId === choice?.networkId);
  return {
    best: ties.members[0] ?? null,
    tieSet: ties.members,
    test: ties.test,
    choice: choice && chosen ? { ...choice, coefficients: coefficientsOf(chosen.candidate) } : null,
    rejected: [...ties.rejected, ...withoutResult(searched)],
    estimates: all,
    noise,
    advice: noiseAdvice(noise),
  };
}

function coefficientsOf(candidate: Candidate): Coefficients {
  const { alpha, beta, gamma, phi } = representative(candidate);
  return { alpha, beta, gamma, phi };
}

function withoutResult(searched: readonly Candidate[]): Rejection[] {
  return searched
    .filter((candidate) => candidate.accuracies.length === 0)
    .map(({ networkId, missing }) => ({
      networkId,
      reason: `no finished trial${missing.length > 0 ? `: ${missing.join(', ')}` : ''}`,
    }));
}

function noiseAdvice({ basis, sd }: SeedNoise): string[] {
  if (basis === 'unknown') return ['Seed noise unknown: train replicates (replicates ≥ 2) before trusting the choice.'];
  if (basis === 'assumed') {
    return [
      `Seed noise unknown: ${((sd ?? 0) * 100).toFixed(2)} points are assumed from the number of validation images; train replicates to measure it.`,
    ];
  }
  return [];
}
