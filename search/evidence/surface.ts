import { Matrix, solve } from 'ml-matrix';
import type { Coefficients } from '../scaling/coefficients.js';
import { type Candidate, isSearched, pointsOf } from './candidate.js';
import { fQuantile } from './distributions.js';
import { seedWeight } from './equal-cost.js';
import type { Estimate } from './estimate.js';
import type { Spread } from './hierarchy.js';
import { combine, type LeastSquares, leastSquares } from './least-squares.js';
import { coefficientsAt, meanShares, type Shares, sharesOf, stretches } from './shares.js';
import { type Bounds, dimensions, highestWithin, lattice } from './simplex.js';

/** The grid's outermost share of a dimension, which the optimum touches. */
export interface EdgeContact {
  readonly dimension: keyof Shares;
  readonly side: 'least' | 'most';
  /** The outermost α, β or γ that was searched. */
  readonly coefficient: number;
}

export interface Optimum {
  readonly shares: Shares;
  /** α, β, γ at the product of the grid. */
  readonly coefficients: Omit<Coefficients, 'phi'>;
  /** Fitted accuracy there at the target cost, a share, and its standard error. */
  readonly accuracy: number;
  readonly standardError: number;
  /** Empty when the optimum lies inside what was searched. */
  readonly edge: readonly EdgeContact[];
}

/**
 * The quadratic response surface over the shares of depth and width (the resolution share is what is left), at the target cost. The shares
 * are those of the networks as they are built: rounding moves them.
 *
 * The terms in the shares are multiplied by (t / t̃)², where t is how many doublings of compute a network's multipliers stand for and t̃ the
 * median of that: a bad split of more compute costs more, quadratically as the surface itself.
 */
export interface Surface {
  /** Of 1, d, w, d², d·w, w² and, where they vary, log₂(macs / target) and (t / t̃)² − 1; d and w measured from `centre`. */
  readonly fit: LeastSquares;
  readonly centre: Shares;
  readonly bounds: Bounds;
  readonly optimum: Optimum;
  /** Residual of each network: its mean less the surface, shares. */
  readonly residuals: ReadonlyMap<string, number>;
  /** Share of the variance of the means that the surface explains. */
  readonly explained: number;
}

export interface SurfaceOptions {
  readonly targetMacs: number;
  /** Target of α·β²·γ². */
  readonly product: number;
  readonly spread: Spread | null;
}

/** Fewer degrees of freedom than this give no confidence region worth drawing. */
const fewestDegrees = 3;

/** Fits the surface to the searched networks with a result, weighted by their seeds. Null where these are too few or too much alike. */
export function fitSurface(
  candidates: readonly Candidate[],
  estimates: readonly Estimate[],
  { targetMacs, product, spread }: SurfaceOptions,
): Surface | null {
  const estimateOf = new Map(estimates.map((estimate) => [estimate.networkId, estimate]));
  const data = candidates.filter(isSearched).flatMap((candidate) => {
    const estimate = estimateOf.get(candidate.networkId);
    if (!estimate) return [];
    const doublings = Math.log2(candidate.cost.macs / targetMacs);
    return [{ candidate, estimate, shares: sharesOf(candidate.multipliers), doublings }];
  });
  if (data.length < 6 + fewestDegrees) return null;
  const centre = meanShares(data.map(({ shares }) => shares));
  const values = data.map(({ estimate }) => estimate.mean);
  const weights = data.map(({ estimate }) => seedWeight(estimate.n, spread));
  const stretch = stretches(data.map(({ candidate }) => candidate.multipliers));
  const designs = [2, 1, 0].map((extras) =>
    data.map(({ shares, doublings }, i) => {
      const by = stretch[i] as number;
      const [one, ...quadratic] = terms(shares, centre) as [number, ...number[]];
      const more = [doublings, by - 1].slice(0, extras);
      return [one, ...quadratic.map((term) => by * term), ...more];
    }),
  );
  const fit = designs
    .map((rows) => leastSquares(rows, values, weights))
    .find((each) => each !== null && each.degreesOfFreedom >= fewestDegrees);
  if (!fit) return null;
  const bounds = {
    depth: range(data.map(({ shares }) => shares.depth)),
    width: range(data.map(({ shares }) => shares.width)),
    resolution: range(data.map(({ shares }) => shares.resolution)),
  };
  const mean = average(values);
  const squares = values.reduce((sum, y) => sum + (y - mean) ** 2, 0);
  const left = fit.residuals.reduce((sum, r) => sum + r * r, 0);
  const partial = { fit, centre, bounds };
  return {
    ...partial,
    optimum: findOptimum(
      partial,
      data.map(({ candidate }) => candidate),
      product,
    ),
    residuals: new Map(data.map(({ estimate }, i) => [estimate.networkId, fit.residuals[i] as number])),
    explained: squares > 0 ? Math.max(0, 1 - left / squares) : 0,
  };
}

/** Fitted accuracy at some shares, `doublings` of macs away from the target, and its standard error. */
export function surfaceAt(
  { fit, centre }: Pick<Surface, 'fit' | 'centre'>,
  shares: Shares,
  doublings = 0,
): { readonly value: number; readonly standardError: number } {
  const row = terms(shares, centre);
  return combine(fit, [...row, doublings, 0].slice(0, fit.coefficients.length));
}

/**
 * How far shares are from the 95 % confidence region of the surface's stationary point (Box and Hunter 1954), at most 1 inside it: the
 * gradient there, which is linear in the coefficients, against zero by an F test with 2 and ν degrees of freedom, over the quantile of that
 * test. Exact for a quadratic truth.
 */
export function optimumStatistic({ fit, centre }: Pick<Surface, 'fit' | 'centre'>): (shares: Shares) => number {
  const quantile = fQuantile(0.95, 2, fit.degreesOfFreedom);
  const rest = new Array<number>(fit.coefficients.length - 6).fill(0);
  const coefficients = Matrix.columnVector([...fit.coefficients]);
  return (shares) => {
    const d = shares.depth - centre.depth;
    const w = shares.width - centre.width;
    const jacobian = new Matrix([
      [0, 1, 0, 2 * d, w, 0, ...rest],
      [0, 0, 1, 0, d, 2 * w, ...rest],
    ]);
    const gradient = jacobian.mmul(coefficients);
    const covariance = jacobian.mmul(fit.unscaled).mmul(jacobian.transpose()).mul(fit.variance);
    return gradient.transpose().mmul(solve(covariance, gradient)).get(0, 0) / 2 / quantile;
  };
}

/** Whether these shares lie in the 95 % confidence region of the surface's stationary point. */
export function inOptimumRegion(surface: Pick<Surface, 'fit' | 'centre'>, shares: Shares): boolean {
  return optimumStatistic(surface)(shares) <= 1;
}

/** The points of a triangular lattice over what was searched that lie in the confidence region of the optimum; `steps` per unit of share. */
export function optimumRegion(surface: Pick<Surface, 'fit' | 'centre' | 'bounds'>, steps = 40): Shares[] {
  const statistic = optimumStatistic(surface);
  return lattice(surface.bounds, steps).filter((shares) => statistic(shares) <= 1);
}

function terms(shares: Shares, centre: Shares): number[] {
  const d = shares.depth - centre.depth;
  const w = shares.width - centre.width;
  return [1, d, w, d * d, d * w, w * w];
}

/** The highest point of the surface over what was searched. */
function findOptimum(
  surface: Pick<Surface, 'fit' | 'centre' | 'bounds'>,
  candidates: readonly Candidate[],
  product: number,
): Optimum {
  const { bounds, centre, fit } = surface;
  const height = (shares: Shares) =>
    terms(shares, centre).reduce((sum, term, i) => sum + term * (fit.coefficients[i] as number), 0);
  const shares = highestWithin(bounds, centre, height);
  const { value, standardError } = surfaceAt(surface, shares);
  return {
    shares,
    coefficients: coefficientsAt(shares, product),
    accuracy: value,
    standardError,
    edge: contacts(shares, bounds, candidates),
  };
}

const coefficientName = { depth: 'alpha', width: 'beta', resolution: 'gamma' } as const;

function contacts(optimum: Shares, bounds: Bounds, candidates: readonly Candidate[]): EdgeContact[] {
  return dimensions.flatMap((dimension): EdgeContact[] => {
    const [least, most] = bounds[dimension];
    const slack = 1e-3 * (most - least);
    const values = candidates.flatMap(pointsOf).map((point) => point[coefficientName[dimension]]);
    if (optimum[dimension] >= most - slack) return [{ dimension, side: 'most', coefficient: Math.max(...values) }];
    if (optimum[dimension] <= least + slack) return [{ dimension, side: 'least', coefficient: Math.min(...values) }];
    return [];
  });
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function range(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}
