import { cholesky, solveLower, solveUpper } from './cholesky.js';

/**
 * How true accuracies are spread, as a normal model of three levels:
 *
 *   x̄ᵢ | μᵢ ~ N(μᵢ, σ² / nᵢ)      the mean of nᵢ seeds of candidate i,
 *   μᵢ = b₀ + fᵢᵀ b + uᵢ,  uᵢ ~ N(0, τ²)      its true accuracy: what it shares with its neighbours, and what is its own,
 *   b ~ N(0, s² I), b₀ flat.
 *
 * With s = 0 candidates are shrunk towards their common mean; a large s pools neighbours through the response surface.
 */
export interface Spread {
  /** σ: between seeds of one network. */
  readonly noiseSd: number;
  /** τ: between networks, beyond what the features explain. */
  readonly ownSd: number;
  /** s: of the coefficient of each feature. */
  readonly surfaceSd: number;
}

/** One candidate's finished seeds. */
export interface Observation {
  readonly mean: number;
  readonly n: number;
  /** Row of `neighbourFeatures`. */
  readonly features: readonly number[];
}

/** Candidates with equally many seeds, reduced to what the likelihood needs, so that its cost does not grow with their number. */
interface Group {
  readonly n: number;
  readonly count: number;
  /** Σ f fᵀ, Σ f x̄ and Σ x̄² with f = (1, features) and x̄ measured from the grand mean. */
  readonly cross: readonly (readonly number[])[];
  readonly moment: readonly number[];
  readonly square: number;
}

/** Everything about the data that the likelihood of a `Spread` depends on. */
export interface Summary {
  readonly groups: readonly Group[];
  /** Subtracted from every mean, for accuracy of arithmetic. */
  readonly origin: number;
  readonly terms: number;
  /** Σ (x − x̄ᵢ)² within networks, and its degrees of freedom. */
  readonly within: { readonly squares: number; readonly degreesOfFreedom: number };
}

export function summarise(observations: readonly Observation[], within: Summary['within']): Summary {
  const origin = observations.reduce((sum, { mean }) => sum + mean, 0) / observations.length;
  const terms = 1 + (observations[0]?.features.length ?? 0);
  const byCount = new Map<number, Observation[]>();
  for (const observation of observations) {
    const group = byCount.get(observation.n);
    if (group) group.push(observation);
    else byCount.set(observation.n, [observation]);
  }
  const groups = [...byCount].map(([n, members]) => {
    const rows = members.map(({ features }) => [1, ...features]);
    const values = members.map(({ mean }) => mean - origin);
    const moment = new Array<number>(terms).fill(0);
    const cross = moment.map(() => new Array<number>(terms).fill(0));
    rows.forEach((row, m) => {
      row.forEach((x, i) => {
        moment[i] = (moment[i] as number) + x * (values[m] as number);
        row.forEach((y, j) => {
          (cross[i] as number[])[j] = (cross[i]?.[j] as number) + x * y;
        });
      });
    });
    return { n, count: members.length, cross, moment, square: values.reduce((sum, y) => sum + y * y, 0) };
  });
  return { groups, origin, terms, within };
}

/** The posterior of (b₀, b) at a given spread: its mean, and the Cholesky factor L of its precision L Lᵀ. */
export interface Coefficients {
  readonly mean: readonly number[];
  readonly factor: readonly (readonly number[])[];
  /** Log likelihood of the spread with b₀ and b integrated out (REML for b₀), up to a constant. */
  readonly logLikelihood: number;
}

/** Integrates b₀ and b out. With `surfaceSd` 0 the features play no part. */
export function coefficientsGiven(summary: Summary, { noiseSd, ownSd, surfaceSd }: Spread): Coefficients {
  const used = surfaceSd > 0 ? summary.terms : 1;
  const precision = Array.from({ length: used }, () => new Array<number>(used).fill(0));
  const moment = new Array<number>(used).fill(0);
  let deviance = 0;
  for (const { n, count, cross, moment: own, square } of summary.groups) {
    const variance = ownSd ** 2 + noiseSd ** 2 / n;
    deviance += count * Math.log(variance) + square / variance;
    for (let i = 0; i < used; i++) {
      const row = precision[i] as number[];
      const crossRow = cross[i] as readonly number[];
      moment[i] = (moment[i] as number) + (own[i] as number) / variance;
      for (let j = 0; j <= i; j++) row[j] = (row[j] as number) + (crossRow[j] as number) / variance;
    }
  }
  for (let i = 1; i < used; i++) {
    const row = precision[i] as number[];
    row[i] = (row[i] as number) + 1 / surfaceSd ** 2;
    deviance += 2 * Math.log(surfaceSd);
  }
  const factor = cholesky(precision);
  const whitened = solveLower(factor, moment);
  for (let i = 0; i < used; i++) deviance += 2 * Math.log(factor[i]?.[i] as number) - (whitened[i] as number) ** 2;
  const { squares, degreesOfFreedom } = summary.within;
  deviance += 2 * degreesOfFreedom * Math.log(noiseSd) + squares / noiseSd ** 2;
  return { mean: solveUpper(factor, whitened), factor, logLikelihood: -deviance / 2 };
}
