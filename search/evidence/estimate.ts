import { accuraciesOf, type Candidate } from './candidate.js';
import { tQuantile } from './distributions.js';
import { meanOf, type SeedNoise } from './noise.js';

/** What the finished seeds say about one network by itself. Accuracies are shares in [0, 1]. */
export interface Estimate {
  readonly networkId: string;
  readonly mean: number;
  /** Number of finished seeds. */
  readonly n: number;
  /** Standard deviation of this network's own seeds; null below two. */
  readonly ownSd: number | null;
  /** Standard error of the mean from the pooled seed noise; null while that is unknown. */
  readonly standardError: number | null;
  /** 95 % interval of the mean by Student's t with the degrees of freedom of the pooled noise; null while that is unknown. */
  readonly interval: readonly [low: number, high: number] | null;
}

/** Mean, standard deviation and 95 % interval of each network with a finished seed, in the order of the candidates. */
export function estimates(candidates: readonly Candidate[], noise: SeedNoise): Estimate[] {
  const quantile = noise.sd === null ? 0 : tQuantile(0.975, noise.degreesOfFreedom);
  return candidates.flatMap((candidate): Estimate[] => {
    const accuracies = accuraciesOf(candidate);
    const n = accuracies.length;
    if (n === 0) return [];
    const { networkId } = candidate;
    const mean = meanOf(accuracies);
    const squares = accuracies.reduce((sum, x) => sum + (x - mean) ** 2, 0);
    const ownSd = n < 2 ? null : Math.sqrt(squares / (n - 1));
    if (noise.sd === null) return [{ networkId, mean, n, ownSd, standardError: null, interval: null }];
    const standardError = noise.sd / Math.sqrt(n);
    const half = quantile * standardError;
    return [{ networkId, mean, n, ownSd, standardError, interval: [mean - half, mean + half] }];
  });
}
