import { childSeed, Random } from '../base/random.js';
import { accuraciesOf, type Candidate, isSearched } from './candidate.js';
import { cholesky, solveLower, solveUpper } from './cholesky.js';
import { meanOf, type SeedNoise } from './noise.js';

/**
 * What networks are compared by: merit θ = accuracy − λ · log₂(macs / target), the accuracy that a network would have at the target cost. One
 * model holds every network with a finished seed, the baseline and the single-dimension series included:
 *
 *   x̄ᵢ | μᵢ ~ N(μᵢ, σᵢ² / nᵢ)                     mean of nᵢ seeds of network i,
 *   μᵢ = b₀ + λ cᵢ + fᵢᵀ b + uᵢ,  uᵢ ~ N(0, τ²)    cᵢ = log₂(macsᵢ / target),
 *   λ ~ N(0.03, 0.04²)                            3 ± 4 points a doubling: compute is known to help,
 *   b ~ N(0, s² I), b₀ flat.
 *
 * The features f are the quadratic form in (log₂ d, 2·log₂ w, 2·log₂ r). The spread between seeds differs
 * from network to network, σᵢ² = σ² d₀ / χ²(d₀) (Smyth 2004): networks with few seeds borrow it from the others. σ, τ, s and d₀ are drawn from a
 * grid by their posterior weights, not fixed at a point; all shares of accuracy.
 */
export interface Merit {
  /** Networks with a finished seed; the lists below are in this order. */
  readonly networkIds: readonly string[];
  /** Whether a point of the grid leads to the network: only such networks compete. */
  readonly searched: readonly boolean[];
  /** Mean and standard deviation of θ. */
  readonly mean: readonly number[];
  readonly sd: readonly number[];
  /** λ, per doubling of macs, and its standard deviation. */
  readonly slope: { readonly mean: number; readonly sd: number };
  /** Posterior means of σ and τ, and the standard deviation of the expected θ between the searched networks. */
  readonly spread: { readonly noiseSd: number; readonly ownSd: number; readonly betweenSd: number };
  /** Probability that the split of compute has an effect on θ at all. */
  readonly effect: number;
  /** Calls with each joint draw. */
  readonly draws: (visit: (draw: MeritDraw) => void) => void;
}

export interface MeritDraw {
  /** θ by network. */
  readonly theta: Float64Array;
  readonly slope: number;
  /** θ of a network of these multipliers at the target cost, without what single networks add. */
  readonly surface: (spent: readonly [number, number, number]) => number;
}

/** The prior of λ, shares of accuracy per doubling of macs. */
export const slopePrior = { mean: 0.03, sd: 0.04 };
/** Degrees of freedom d₀ by which σᵢ² varies; the last one is hardly any variation. */
const noiseDegrees = [4, 12, 200];
const noiseSteps = 9;
const ownSteps = 9;
const surfaceScale = [0.05, 0.1, 0.2, 0.4, 0.8];
/** Prior probability that the split of compute has no effect. */
const noEffect = 1 / 3;

interface Observed {
  readonly mean: number;
  readonly n: number;
  /** Σ (x − x̄)² of its seeds. */
  readonly squares: number;
  readonly doublings: number;
  readonly row: Float64Array;
}

/** A value of the hyper-parameters with its posterior weight and the posterior of (b₀, λ, b) given it. */
interface GridPoint {
  readonly sigma: number;
  readonly degrees: number;
  readonly tau: number;
  readonly s: number;
  readonly logWeight: number;
  readonly mean: readonly number[];
  readonly factor: readonly (readonly number[])[];
}

/**
 * Fits the model. `targetMacs`: the cost at which networks are compared. Null while no network of the grid has a result, and while seed noise
 * has not been measured: an assumption says nothing of how much two seeds differ.
 */
export function fitMerit(candidates: readonly Candidate[], noise: SeedNoise, targetMacs: number): Merit | null {
  const finished = candidates.filter((candidate) => accuraciesOf(candidate).length > 0);
  const searched = finished.map(isSearched);
  if (noise.sd === null || noise.basis === 'assumed' || !searched.includes(true)) return null;
  const design = featuresOf(finished, searched, targetMacs);
  const all = finished.map((candidate, i): Observed => {
    const accuracies = accuraciesOf(candidate);
    const mean = meanOf(accuracies);
    return {
      mean,
      n: accuracies.length,
      squares: accuracies.reduce((sum, x) => sum + (x - mean) ** 2, 0),
      doublings: Math.log2(candidate.cost.macs / targetMacs),
      row: design.rows[i] as Float64Array,
    };
  });
  const origin = meanOf(all.filter((_, i) => searched[i]).map(({ mean }) => mean));
  const grid = weigh(all, origin, noise);
  return {
    networkIds: finished.map(({ networkId }) => networkId),
    searched,
    ...believe(all, searched, origin, grid, design),
  };
}

/** (1, c, f) of networks, and how multipliers become f. */
interface Design {
  readonly rows: readonly Float64Array[];
  /** f of compute spent on depth, width and resolution, doublings, at the target cost. */
  readonly at: (spent: readonly [number, number, number]) => Float64Array;
}

/**
 * Terms of the shape before scaling: every quadratic form of the compute spent on the three dimensions. A split that is best leads to a line through
 * the baseline, and what a network loses away from it grows with the square of its distance.
 */
function rawTerms([depth, width, resolution]: readonly [number, number, number]): number[] {
  const total = depth + width + resolution;
  const [a, b] = [depth - total / 3, width - total / 3];
  return [total * total, total * a, total * b, a * a, a * b, b * b];
}

/** Doublings of compute that a network spends on each dimension. */
export function spentOf({ multipliers: { depth, width, resolution } }: Candidate): [number, number, number] {
  return [Math.log2(depth), 2 * Math.log2(width), 2 * Math.log2(resolution)];
}

function featuresOf(finished: readonly Candidate[], searched: readonly boolean[], targetMacs: number): Design {
  const raw = finished.map((candidate) => rawTerms(spentOf(candidate)));
  const own = raw.filter((_, i) => searched[i]);
  const terms = raw[0]?.length ?? 0;
  const centre = Array.from({ length: terms }, (_, k) => meanOf(own.map((row) => row[k] as number)));
  const scale = centre.map((middle, k) => Math.sqrt(meanOf(own.map((row) => ((row[k] as number) - middle) ** 2))));
  // A term that does not vary over the grid says nothing of it.
  const used = scale.flatMap((size, k) => (size > 1e-9 ? [k] : []));
  const scaled = (row: readonly number[], doublings: number): Float64Array =>
    Float64Array.from([
      1,
      doublings,
      ...used.map((k) => ((row[k] as number) - (centre[k] as number)) / (scale[k] as number)),
    ]);
  return {
    rows: finished.map((candidate, i) => scaled(raw[i] as number[], Math.log2(candidate.cost.macs / targetMacs))),
    at: (spent) => scaled(rawTerms(spent), 0),
  };
}

/** The grid of hyper-parameters with their posterior weights, the least of which are left out. */
function weigh(all: readonly Observed[], origin: number, noise: SeedNoise): GridPoint[] {
  const total = Math.sqrt(Math.max(1e-12, meanOf(all.map(({ mean }) => (mean - origin) ** 2))));
  const measured = Math.max(noise.sd ?? 0, 1e-6);
  const scale = Math.max(total, measured);
  const points: GridPoint[] = [];
  // σ within what its degrees of freedom allow, log-uniform.
  const width = Math.min(1.2, 2.5 / Math.sqrt(2 * Math.max(1, noise.degreesOfFreedom)));
  // Many networks leave little doubt of the noise, and take longer.
  const isLarge = all.length > 300;
  const sigmas = steps(isLarge ? 5 : noiseSteps).map((share) => measured * Math.exp(width * (2 * share - 1)));
  const taus = steps(ownSteps).map((share) => 1.2 * scale * share ** 1.5);
  const surfaces = [0, ...surfaceScale.map((share) => share * scale)];
  const terms = all[0]?.row.length ?? 1;
  for (const sigma of sigmas)
    for (const degrees of isLarge ? noiseDegrees.slice(1) : noiseDegrees) {
      const within = logWithin(all, sigma, degrees, noise);
      const variances = all.map((observed) => (pooledRatio(observed, sigma, degrees) * sigma ** 2) / observed.n);
      taus.forEach((tau, t) => {
        // Half-Cauchy about σ (Gelman 2006, section 4.3); the grid is finer near zero.
        const prior = 0.5 * Math.log((t + 0.5) / ownSteps) - Math.log1p((tau / sigma) ** 2) + within;
        const cross = crossProducts(all, variances, tau, origin, terms);
        for (const s of surfaces) {
          const given = solve(cross, s, terms);
          const logPrior = prior + Math.log(s === 0 ? noEffect : (1 - noEffect) / surfaceScale.length);
          points.push({ sigma, degrees, tau, s, ...given, logWeight: given.logLikelihood + logPrior });
        }
      });
    }
  const most = points.reduce((top, { logWeight }) => Math.max(top, logWeight), Number.NEGATIVE_INFINITY);
  return points.filter(({ logWeight }) => logWeight > most - 12);
}

/** Midpoints of a unit interval. */
function steps(count: number): number[] {
  return Array.from({ length: count }, (_, i) => (i + 0.5) / count);
}

/** σᵢ² / σ² as far as the network's own seeds and d₀ say. */
function pooledRatio({ squares, n }: Observed, sigma: number, degrees: number): number {
  return (degrees + squares / sigma ** 2) / (degrees + n - 1);
}

/** Log density of what seeds of one network differ by: scaled F for each network (Smyth 2004), or χ² of the pooled estimate. */
function logWithin(all: readonly Observed[], sigma: number, degrees: number, noise: SeedNoise): number {
  let sum = 0;
  for (const { squares, n } of all) {
    if (n < 2) continue;
    const v = n - 1;
    sum += logGamma((degrees + v) / 2) - logGamma(degrees / 2) - (v / 2) * Math.log(degrees * sigma ** 2);
    sum -= ((degrees + v) / 2) * Math.log1p(squares / (degrees * sigma ** 2));
  }
  if (noise.basis === 'shrunk' && noise.sd !== null) {
    // What is assumed of the noise counts for the degrees of freedom that no seed has given.
    const seeds = all.reduce((count, { n }) => count + Math.max(0, n - 1), 0);
    const assumed = Math.max(0, noise.degreesOfFreedom - seeds);
    sum -= assumed * Math.log(sigma) + (assumed * noise.sd ** 2) / (2 * sigma ** 2);
  }
  return sum;
}

interface CrossProducts {
  readonly matrix: number[][];
  readonly moment: number[];
  readonly deviance: number;
}

function crossProducts(
  all: readonly Observed[],
  variances: readonly number[],
  tau: number,
  origin: number,
  terms: number,
): CrossProducts {
  const matrix = Array.from({ length: terms }, () => new Array<number>(terms).fill(0));
  const moment = new Array<number>(terms).fill(0);
  let deviance = 0;
  for (let o = 0; o < all.length; o++) {
    const { row, mean } = all[o] as Observed;
    const variance = (variances[o] as number) + tau ** 2;
    const weight = 1 / variance;
    const y = mean - origin;
    deviance += Math.log(variance) + y * y * weight;
    for (let i = 0; i < terms; i++) {
      const left = (row[i] as number) * weight;
      const line = matrix[i] as number[];
      moment[i] = (moment[i] as number) + left * y;
      for (let j = 0; j <= i; j++) line[j] = (line[j] as number) + left * (row[j] as number);
    }
  }
  return { matrix, moment, deviance };
}

/** Integrates (b₀, λ, b) out. With s = 0 the shape plays no part. */
function solve({ matrix, moment, deviance: base }: CrossProducts, s: number, terms: number) {
  const used = s > 0 ? terms : Math.min(2, terms);
  const precision = matrix.slice(0, used).map((line) => line.slice(0, used));
  const right = moment.slice(0, used);
  let deviance = base;
  if (used > 1) {
    const line = precision[1] as number[];
    line[1] = (line[1] as number) + 1 / slopePrior.sd ** 2;
    right[1] = (right[1] as number) + slopePrior.mean / slopePrior.sd ** 2;
    deviance += slopePrior.mean ** 2 / slopePrior.sd ** 2;
  }
  for (let i = 2; i < used; i++) {
    const line = precision[i] as number[];
    line[i] = (line[i] as number) + 1 / s ** 2;
    deviance += 2 * Math.log(s);
  }
  const factor = cholesky(precision);
  const whitened = solveLower(factor, right);
  for (let i = 0; i < used; i++) deviance += 2 * Math.log(factor[i]?.[i] as number) - (whitened[i] as number) ** 2;
  return { mean: solveUpper(factor, whitened), factor, logLikelihood: -deviance / 2 };
}

function believe(
  all: readonly Observed[],
  searched: readonly boolean[],
  origin: number,
  grid: readonly GridPoint[],
  design: Design,
): Omit<Merit, 'networkIds' | 'searched'> {
  const most = grid.reduce((top, { logWeight }) => Math.max(top, logWeight), Number.NEGATIVE_INFINITY);
  const cumulative = new Float64Array(grid.length);
  let mass = 0;
  grid.forEach(({ logWeight }, i) => {
    mass += Math.exp(logWeight - most);
    cumulative[i] = mass;
  });
  const weightOf = (i: number): number =>
    ((cumulative[i] as number) - (i > 0 ? (cumulative[i - 1] as number) : 0)) / mass;
  const average = (pick: (point: GridPoint) => number): number =>
    grid.reduce((sum, point, i) => sum + weightOf(i) * pick(point), 0);
  const count = drawsFor(all.length);

  // Drawn once, since several questions are asked of the same draws.
  const random = new Random(childSeed(0, 'evidence', 'merit'));
  const thetas = new Float64Array(count * all.length);
  const coefficients: (readonly number[])[] = [];
  for (let draw = 0; draw < count; draw++) {
    // Stratified over the grid, so that few draws stand for all of it.
    const point = grid[indexOf(cumulative, ((draw + random.uniform()) / count) * mass)] as GridPoint;
    const { sigma, degrees, tau } = point;
    const deviation = solveUpper(
      point.factor,
      point.mean.map(() => random.normal()),
    );
    const b = point.mean.map((value, i) => value + (deviation[i] as number));
    coefficients.push(b);
    const slope = b[1] ?? 0;
    for (let i = 0; i < all.length; i++) {
      const { row, mean, n, squares, doublings } = all[i] as Observed;
      const fitted = origin + dot(row, b);
      const ratio = (degrees + squares / sigma ** 2) / chiSquare(degrees + n - 1, random);
      const variance = (ratio * sigma ** 2) / n;
      const trust = tau ** 2 / (tau ** 2 + variance);
      const own = fitted + trust * (mean - fitted) + Math.sqrt(variance * trust) * random.normal();
      thetas[draw * all.length + i] = own - slope * doublings;
    }
  }
  const draws: Merit['draws'] = (visit) => {
    for (let draw = 0; draw < count; draw++) {
      const b = coefficients[draw] as readonly number[];
      visit({
        theta: thetas.subarray(draw * all.length, (draw + 1) * all.length),
        slope: b[1] ?? 0,
        surface: (spent) => origin + dot(design.at(spent), b),
      });
    }
  };

  const sums = new Float64Array(all.length);
  const squares = new Float64Array(all.length);
  let [slopeSum, slopeSquares] = [0, 0];
  draws(({ theta, slope }) => {
    for (let i = 0; i < theta.length; i++) {
      const value = (theta[i] as number) - origin;
      sums[i] = (sums[i] as number) + value;
      squares[i] = (squares[i] as number) + value * value;
    }
    slopeSum += slope;
    slopeSquares += slope * slope;
  });
  const mean = Array.from(sums, (sum) => sum / count);
  return {
    mean: mean.map((value) => value + origin),
    sd: mean.map((value, i) => Math.sqrt(Math.max(0, (squares[i] as number) / count - value * value))),
    slope: { mean: slopeSum / count, sd: Math.sqrt(Math.max(0, slopeSquares / count - (slopeSum / count) ** 2)) },
    spread: {
      noiseSd: average(({ sigma }) => sigma),
      ownSd: average(({ tau }) => tau),
      betweenSd: sdOf(mean.filter((_, i) => searched[i])),
    },
    effect: average(({ s }) => (s > 0 ? 1 : 0)),
    draws,
  };
}

/** What follows from joint draws of merit. */
export interface MeritStandings {
  /** Networks of the grid with a finished seed; the lists below are in this order. */
  readonly networkIds: readonly string[];
  readonly mean: readonly number[];
  /** Probability of being truly the best of the grid at equal cost. */
  readonly probability: readonly number[];
  /** By network id, of every network with a finished seed: E[max θ − θᵢ], what is expected to be lost by taking it. */
  readonly expectedRegret: ReadonlyMap<string, number>;
}

export function meritStandings({ networkIds, searched, mean, draws }: Merit): MeritStandings {
  const own = [...networkIds.keys()].filter((i) => searched[i]);
  const wins = new Float64Array(networkIds.length);
  const regret = new Float64Array(networkIds.length);
  let count = 0;
  draws(({ theta }) => {
    count++;
    let best = own[0] as number;
    for (const i of own) if ((theta[i] as number) > (theta[best] as number)) best = i;
    wins[best] = (wins[best] as number) + 1;
    const highest = theta[best] as number;
    for (let i = 0; i < theta.length; i++) regret[i] = (regret[i] as number) + highest - (theta[i] as number);
  });
  return {
    networkIds: own.map((i) => networkIds[i] as string),
    mean: own.map((i) => mean[i] as number),
    probability: own.map((i) => (wins[i] as number) / count),
    expectedRegret: new Map(networkIds.map((id, i) => [id, (regret[i] as number) / count])),
  };
}

/** With 4,000 draws a probability is known to within 0.8 points; large searches make do with fewer. */
function drawsFor(networks: number): number {
  return Math.max(500, Math.min(4000, Math.round(6e5 / Math.max(1, networks))));
}

/** The first place whose cumulative weight exceeds `at`. */
function indexOf(cumulative: Float64Array, at: number): number {
  let [low, high] = [0, cumulative.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cumulative[middle] as number) > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** A χ² number; by Wilson and Hilferty's cube (1931) above 30 degrees of freedom, else by Marsaglia and Tsang's gamma (2000). */
function chiSquare(degrees: number, random: Random): number {
  if (degrees > 30) {
    const part = 2 / (9 * degrees);
    return degrees * Math.max(1e-3, 1 - part + random.normal() * Math.sqrt(part)) ** 3;
  }
  const shape = degrees / 2;
  const d = (shape < 1 ? shape + 1 : shape) - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const z = random.normal();
    const v = (1 + c * z) ** 3;
    if (v <= 0 || Math.log(1 - random.uniform()) >= 0.5 * z * z + d - d * v + d * Math.log(v)) continue;
    const boost = shape < 1 ? (1 - random.uniform()) ** (1 / shape) : 1;
    return 2 * d * v * boost;
  }
}

/** ln Γ(x), x > 0 (Lanczos 1964, g = 7, nine terms). */
function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const terms = [
    676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
    -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
  ];
  const z = x - 1;
  const series = terms.reduce((sum, term, i) => sum + term / (z + i + 1), 0.9999999999998099);
  const t = z + terms.length - 0.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(series);
}

function sdOf(values: readonly number[]): number {
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  return Math.sqrt(Math.max(0, squares / values.length - (sum / values.length) ** 2));
}

function dot(row: Float64Array, b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < b.length; i++) sum += (row[i] as number) * (b[i] as number);
  return sum;
}
