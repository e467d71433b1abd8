import { childSeed, Random } from '../base/random.js';
import { accuraciesOf, type Candidate } from './candidate.js';
import { solveLower, solveUpper } from './cholesky.js';
import { neighbourFeatures } from './features.js';
import { coefficientsGiven, type Observation, type Spread, summarise } from './hierarchy.js';
import { meanOf, type SeedNoise } from './noise.js';
import { estimateSpread } from './spread.js';

/** The fitted spread, and what it comes to between searched networks. */
export interface FittedSpread extends Spread {
  /** Standard deviation of true accuracies between networks: what the features explain and what they do not. */
  readonly betweenSd: number;
}

/** What is believed of the true accuracies of the candidates with a result, all results taken together. Lists are in the order of `networkIds`. */
export interface Posterior {
  readonly networkIds: readonly string[];
  readonly spread: FittedSpread;
  /** Shrunken means, shares. */
  readonly mean: readonly number[];
  /** Standard deviations of the true accuracies about `mean`. */
  readonly sd: readonly number[];
  /** Joint draws of the true accuracies, for what depends on several candidates at once. */
  readonly draws: (count: number, visit: (truth: Float64Array) => void) => void;
}

/** Candidates this many standard deviations short of the best cannot win a draw. */
const hopeless = 4;

/**
 * The hierarchical model of hierarchy.ts, fitted to the finished seeds. Null while nothing is finished and while the seed noise was not
 * measured: the assumption that goes by the number of images says nothing of how differently two seeds train.
 */
export function posterior(candidates: readonly Candidate[], noise: SeedNoise): Posterior | null {
  const finished = candidates.filter((candidate) => accuraciesOf(candidate).length > 0);
  if (noise.sd === null || noise.basis === 'assumed' || finished.length === 0) return null;
  const features = neighbourFeatures(finished);
  const observations = finished.map((candidate, i) => {
    const accuracies = accuraciesOf(candidate);
    return { mean: meanOf(accuracies), n: accuracies.length, features: features[i] as number[] };
  });
  const { degreesOfFreedom } = noise;
  const within = { squares: noise.sd ** 2 * degreesOfFreedom, degreesOfFreedom };
  return {
    networkIds: finished.map(({ networkId }) => networkId),
    ...believe(observations, within),
  };
}

function believe(
  observations: readonly Observation[],
  within: { readonly squares: number; readonly degreesOfFreedom: number },
): Omit<Posterior, 'networkIds'> {
  const summary = summarise(observations, within);
  const spread = estimateSpread(summary);
  const { mean: b, factor } = coefficientsGiven(summary, spread);
  const own = spread.ownSd ** 2;
  const rows = observations.map(({ features }) => [1, ...features].slice(0, b.length));
  /** Weight of a candidate's own seeds against what its neighbours say. */
  const trust = observations.map(({ n }) => own / (own + spread.noiseSd ** 2 / n));
  const ownSd = trust.map((k) => Math.sqrt(own * (1 - k)));
  const mean = observations.map((observation, i) => {
    const k = trust[i] as number;
    return summary.origin + k * (observation.mean - summary.origin) + (1 - k) * dot(rows[i] as number[], b);
  });
  const sd = rows.map((row, i) => {
    const whitened = solveLower(factor, row);
    return Math.hypot((1 - (trust[i] as number)) * Math.sqrt(dot(whitened, whitened)), ownSd[i] as number);
  });

  const floor = Math.max(...mean.map((m, i) => m - (sd[i] as number) * 3));
  const contenders = [...mean.keys()].filter((i) => (mean[i] as number) + hopeless * (sd[i] as number) >= floor);
  const draws: Posterior['draws'] = (count, visit) => {
    const random = new Random(childSeed(0, 'evidence', 'draws'));
    const truth = Float64Array.from(mean);
    const normals = new Float64Array(b.length + contenders.length);
    for (let draw = 0; draw < count; draw++) {
      fillNormals(normals, random);
      const deviation = solveUpper(factor, Array.from(normals.subarray(0, b.length)));
      for (let c = 0; c < contenders.length; c++) {
        const i = contenders[c] as number;
        const shared = (1 - (trust[i] as number)) * dot(rows[i] as number[], deviation);
        truth[i] = (mean[i] as number) + shared + (ownSd[i] as number) * (normals[b.length + c] as number);
      }
      visit(truth);
    }
  };
  // Features are orthogonal with mean square 1, so that their parts of the variance add up.
  const shared = b.slice(1).reduce((sum, each) => sum + each ** 2, 0);
  return { spread: { ...spread, betweenSd: Math.sqrt(own + shared) }, mean, sd, draws };
}

/** Probability of each candidate to be truly the best, as its share of joint draws; with 4,000 draws to within 0.8 points. */
export function probabilityBest({ mean, draws }: Posterior, count = 4000): number[] {
  const wins = new Array<number>(mean.length).fill(0);
  draws(count, (truth) => {
    let best = 0;
    for (let i = 1; i < truth.length; i++) if ((truth[i] as number) > (truth[best] as number)) best = i;
    wins[best] = (wins[best] as number) + 1 / count;
  });
  return wins;
}

/** Standard normal numbers, two from each pair of uniform ones (Box and Muller 1958). */
function fillNormals(into: Float64Array, random: Random): void {
  for (let i = 0; i < into.length; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - random.uniform()));
    const angle = 2 * Math.PI * random.uniform();
    into[i] = radius * Math.cos(angle);
    into[i + 1] = radius * Math.sin(angle);
  }
}

function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
