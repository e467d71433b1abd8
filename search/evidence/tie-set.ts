import { points, probabilityText } from '../base/format.js';
import { accuraciesOf, type Candidate } from './candidate.js';
import { type Posterior, probabilityBest } from './posterior.js';

/** Which candidates the evidence cannot tell from the best, and why each other one was rejected. */
export interface TieSet {
  /** The test, in words. */
  readonly test: string;
  /** Network ids, the likeliest best first; by mean accuracy while the seed noise is unknown. */
  readonly members: readonly string[];
  readonly rejected: readonly Rejection[];
  /** Of every candidate with a result, by network id; empty while the seed noise is unknown. */
  readonly probabilityBest: ReadonlyMap<string, number>;
}

export interface Rejection {
  readonly networkId: string;
  readonly reason: string;
}

/** What is believed of the candidates: of their merit at equal cost, or of their accuracy. */
export interface Standings {
  readonly networkIds: readonly string[];
  readonly mean: readonly number[];
  readonly probability: readonly number[];
}

/** The set holds the best with at least this probability. */
export const confidence = 0.95;

/**
 * The smallest set of candidates that holds the truly best one with 95 % probability, given all results together: candidates are taken
 * in falling order of their probability to be best until these add up to 0.95. Every candidate competes in every joint draw of the
 * posterior, and means are shrunk by how much 65 or 5 of them differ by chance: that corrects for the number compared, as the shrinkage of
 * a hierarchical model does (Gelman, Hill and Yajima 2012). Without a posterior nothing can be told apart.
 */
export function tieSet(candidates: readonly Candidate[], believed: Posterior | Standings | null): TieSet {
  if (believed === null) return everyone(candidates);
  const { networkIds, mean } = believed;
  const probability = 'probability' in believed ? believed.probability : probabilityBest(believed);
  const ranked = [...networkIds.keys()].sort(
    (a, b) => (probability[b] as number) - (probability[a] as number) || (mean[b] as number) - (mean[a] as number),
  );
  let held = 0;
  let size = 0;
  while (size < ranked.length && held < confidence - 1e-9) held += probability[ranked[size++] as number] as number;
  const top = Math.max(...mean);
  return {
    test: `95 % credible set of the best among ${networkIds.length} candidates, all results taken together`,
    members: ranked.slice(0, size).map((i) => networkIds[i] as string),
    rejected: ranked.slice(size).map((i) => ({
      networkId: networkIds[i] as string,
      reason: `estimated ${points(top - (mean[i] as number))} points below the best; the best with probability ${probabilityText(probability[i] as number)}`,
    })),
    probabilityBest: new Map(networkIds.map((id, i) => [id, probability[i] as number])),
  };
}

function everyone(candidates: readonly Candidate[]): TieSet {
  const ranked = candidates
    .flatMap((candidate) => {
      const accuracies = accuraciesOf(candidate);
      if (accuracies.length === 0) return [];
      return [{ id: candidate.networkId, mean: accuracies.reduce((a, b) => a + b, 0) / accuracies.length }];
    })
    .sort((a, b) => b.mean - a.mean || (a.id < b.id ? -1 : 1));
  return {
    test: 'seed noise unknown: nothing can be told apart',
    members: ranked.map(({ id }) => id),
    rejected: [],
    probabilityBest: new Map(),
  };
}
