import { childSeed, Random } from '../random.js';
import { accuraciesOf, type Candidate } from './candidate.js';
import { neighbourFeatures } from './features.js';
import { coefficientsGiven, type Observation, type Spread, summarise } from './hierarchy.js';
import { meanOf, type SeedNoise } from './noise.js';
import { estimateSpread } from './spread.js';

/** What is believed of the true accuracies of the candidates with a result, all results taken together. Lists are in the order of `networkIds`. */
export interface Posterior {
  readonly networkIds: readonly string[];
  readonly spread: Spread;
  /** Shrunken means, shares. */
  readonly mean: readonly number[];
  /** Standard deviations of the true accuracies about `mean`. */
  readonly sd: readonly number[];
  /** Joint draws of the true accuracies, for what depends on several candidates at once. */
  readonly draws: (count: number, visit: (truth: Float64Array) => void) => void;
}

/** Candidates this many standard deviations short of the best cannot win a draw. */
const hopeless = 5;

/** The hierarchical model of hierarchy.ts, fitted to the finished seeds. Null while the seed noise is unknown or nothing is finished. */
export function posterior(candidates: readonly Candidate[], noise: SeedNoise): Posterior | null {
  const finished = candidates.filter((candidate) => accuraciesOf(candidate).length > 0);
  if (noise.sd === null || finished.length === 0) return null;
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
  const lower = factor.to2DArray();
  const sd = rows.map((row, i) => {
    const whitened = solveLower(lower, row);
    return Math.hypot((1 - (trust[i] as number)) * Math.sqrt(dot(whitened, whitened)), ownSd[i] as number);
  });

  const floor = Math.max(...mean.map((m, i) => m - (sd[i] as number) * 3));
  const contenders = [...mean.keys()].filter((i) => (mean[i] as number) + hopeless * (sd[i] as number) >= floor);
  const draws: Posterior['draws'] = (count, visit) => {
    const random = new Random(childSeed(0, 'evidence', 'draws'));
    const truth = Float64Array.from(mean);
    const deviation = new Array<number>(b.length).fill(0);
    for (let draw = 0; draw < count; draw++) {
      for (let j = b.length - 1; j >= 0; j--) {
        let rest = random.normal();
        for (let k = j + 1; k < b.length; k++) rest -= (lower[k]?.[j] as number) * (deviation[k] as number);
        deviation[j] = rest / (lower[j]?.[j] as number);
      }
      for (const i of contenders) {
        const shared = (1 - (trust[i] as number)) * dot(rows[i] as number[], deviation);
        truth[i] = (mean[i] as number) + shared + (ownSd[i] as number) * random.normal();
      }
      visit(truth);
    }
  };
  return { spread, mean, sd, draws };
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

function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** Solves L z = row for a lower triangular L. */
function solveLower(lower: readonly (readonly number[])[], row: readonly number[]): number[] {
  const z: number[] = [];
  for (let i = 0; i < row.length; i++) {
    let rest = row[i] as number;
    for (let k = 0; k < i; k++) rest -= (lower[i]?.[k] as number) * (z[k] as number);
    z.push(rest / (lower[i]?.[i] as number));
  }
  return z;
}
