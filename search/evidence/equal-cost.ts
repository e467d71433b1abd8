import type { Multipliers } from '../scaling/coefficients.js';
import { type Candidate, isSearched } from './candidate.js';
import { fTail } from './distributions.js';
import type { Estimate } from './estimate.js';
import { orthonormalColumns } from './features.js';
import type { Spread } from './hierarchy.js';
import { type LeastSquares, leastSquares } from './least-squares.js';
import { meanShares, quadraticTerms, sharesOf, stretches } from './shares.js';

/** Accuracy against log₂ macs near the target, at equal shares of depth, width and resolution. */
export interface CostSlope {
  /** Share of accuracy per doubling of macs, at the target. */
  readonly perDoubling: number;
  readonly standardError: number;
  /** Degree of the polynomial in log₂ macs: 1 unless the data bend clearly. */
  readonly degree: number;
  /** By network id: the accuracy that the network would have at the target cost. */
  readonly corrected: ReadonlyMap<string, Corrected>;
}

export interface Corrected {
  readonly accuracy: number;
  readonly standardError: number;
}

/** Networks further than this many doublings from the target say nothing about the slope there. */
const reach = 1.25;
const highestDegree = 3;
/** Another power of log₂ macs is taken in when it explains more than chance would in one of a thousand fits. */
const bendLevel = 0.001;

/**
 * The value at equal cost of each network with a result: its mean less f(log₂ macs) − f(log₂ target), where f is fitted by weighted least
 * squares to the searched networks near the target, beside the quadratic surface in the shares where there are enough of them (deep networks
 * may be both dearer and better: that is not the price of accuracy). The standard error holds the seed noise of the network and the
 * uncertainty of f. Null where cost does not vary or too few networks have finished.
 */
export function equalCost(
  candidates: readonly Candidate[],
  estimates: readonly Estimate[],
  targetMacs: number,
  spread: Spread | null,
): CostSlope | null {
  const candidateOf = new Map(candidates.map((candidate) => [candidate.networkId, candidate]));
  const all = estimates.map((estimate) => {
    const candidate = candidateOf.get(estimate.networkId) as Candidate;
    return { estimate, candidate, doublings: Math.log2(candidate.cost.macs / targetMacs) };
  });
  const used = all.filter(({ candidate, doublings }) => Math.abs(doublings) <= reach && isSearched(candidate));
  if (used.length < 3) return null;
  const surface = orthonormalColumns(splitTerms(used.map(({ candidate }) => candidate.multipliers)));
  const shared = used.length >= 2 * (surface.length + 2) ? surface : [];
  const values = used.map(({ estimate }) => estimate.mean);
  const weights = used.map(({ estimate }) => seedWeight(estimate.n, spread));
  const design = (degree: number) =>
    used.map(({ doublings }, i) => [...powers(doublings, degree), 1, ...shared.map((column) => column[i] as number)]);

  let degree = 1;
  let fit = leastSquares(design(1), values, weights);
  if (!fit) return null;
  while (degree < highestDegree) {
    const bent = leastSquares(design(degree + 1), values, weights);
    if (!bent || !bends(fit, bent)) break;
    fit = bent;
    degree++;
  }
  const solved = fit;
  const indexOf = new Map(used.map(({ estimate }, i) => [estimate.networkId, i]));
  const rows = design(degree);
  const corrected = all.map(({ estimate, doublings }): [string, Corrected] => {
    const by = powers(doublings, degree);
    const i = indexOf.get(estimate.networkId);
    const row = i === undefined ? null : { terms: rows[i] as number[], weight: weights[i] as number };
    return [estimate.networkId, correct(estimate, by, solved, row, spread)];
  });
  return {
    perDoubling: solved.coefficients[0] as number,
    standardError: Math.sqrt(solved.variance * solved.unscaled.get(0, 0)),
    degree,
    corrected: new Map(corrected),
  };
}

/** How compute is split, as the response surface has it: quadratic in the shares about their means, stretched. */
function splitTerms(multipliers: readonly Multipliers[]): number[][] {
  const shares = multipliers.map(sharesOf);
  const centre = meanShares(shares);
  const stretch = stretches(multipliers);
  return shares.map(({ depth, width, resolution }, i) => {
    const away = {
      depth: depth - centre.depth,
      width: width - centre.width,
      resolution: resolution - centre.resolution,
    };
    return quadraticTerms(away).map((term) => term * (stretch[i] as number));
  });
}

/** Weight of a mean of n seeds: the inverse of its variance about a smooth surface, up to a factor. */
export function seedWeight(n: number, spread: Spread | null): number {
  if (!spread) return n;
  return 1 / (spread.ownSd ** 2 + spread.noiseSd ** 2 / n);
}

function powers(x: number, degree: number): number[] {
  return Array.from({ length: degree }, (_, k) => x ** (k + 1));
}

function bends(straight: LeastSquares, bent: LeastSquares): boolean {
  const gain = straight.variance * straight.degreesOfFreedom - bent.variance * bent.degreesOfFreedom;
  // Data without noise leave nothing but rounding errors: a gain below those is none.
  if (!(gain > 1e-20)) return false;
  return bent.variance === 0 || fTail(gain / bent.variance, 1, bent.degreesOfFreedom) < bendLevel;
}

/** corrected = mean − byᵀ c. Own seed noise and the error of c are correlated where the network took part in the fit. */
function correct(
  { mean, n }: Estimate,
  by: readonly number[],
  fit: LeastSquares,
  row: { readonly terms: readonly number[]; readonly weight: number } | null,
  spread: Spread | null,
): Corrected {
  const own = spread ? spread.noiseSd ** 2 / n : fit.variance / n;
  const { unscaled, variance, coefficients } = fit;
  let shift = 0;
  let shiftVariance = 0;
  let influence = 0;
  by.forEach((x, k) => {
    shift += x * (coefficients[k] as number);
    by.forEach((y, l) => {
      shiftVariance += x * y * unscaled.get(k, l) * variance;
    });
    row?.terms.forEach((term, l) => {
      influence += x * unscaled.get(k, l) * term * row.weight;
    });
  });
  const total = own * (1 - 2 * influence) + shiftVariance;
  return { accuracy: mean - shift, standardError: Math.sqrt(Math.max(0, total)) };
}
