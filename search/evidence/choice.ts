import { lookup } from '../errors.js';
import type { Candidate } from './candidate.js';
import { candidateShares, type Shares } from './shares.js';

/** A member of the tie set with what the rules look at. */
export interface Contender {
  readonly candidate: Candidate;
  /** Shrunken mean where there is one, else the mean; a share. */
  readonly accuracy: number;
}

/** What the rules compare contenders with. */
export interface ChoiceContext {
  readonly targetMacs: number;
  /** Shares at the optimum of the response surface; null where none could be fitted. */
  readonly optimum: Shares | null;
}

interface ChoiceRule {
  readonly words: string;
  /** The contender with the lowest score is chosen. */
  readonly score: (contender: Contender, context: ChoiceContext) => number;
}

/**
 * The exponent w of accuracy · (cost / target)^w: doubling the cost should buy 5 % relative accuracy, 1.05 · 2^w = 1
 * (MnasNet, Tan et al. 2019, section 3.1; arXiv 1905.11946, section 4, with macs for the cost).
 */
const costExponent = -0.07;

export const choiceRules: Readonly<Record<string, ChoiceRule>> = {
  'fewest-activations': { words: 'fewest activations', score: ({ candidate }) => candidate.cost.activations },
  'fewest-macs': { words: 'fewest macs', score: ({ candidate }) => candidate.cost.macs },
  'highest-mean': { words: 'highest estimated accuracy', score: ({ accuracy }) => -accuracy },
  'fitted-optimum': {
    words: 'nearest to the optimum of the fitted surface',
    score: ({ candidate, accuracy }, { optimum }) =>
      optimum ? distance(candidateShares(candidate), optimum) : -accuracy,
  },
  objective: {
    words: `highest accuracy · (macs / target)^${costExponent}`,
    score: ({ candidate, accuracy }, { targetMacs }) => -accuracy * (candidate.cost.macs / targetMacs) ** costExponent,
  },
};

export interface Choice {
  readonly networkId: string;
  readonly rule: string;
  readonly reason: string;
}

/**
 * Chooses among the members of the tie set by a rule of the registry; equals are settled by estimated accuracy, then by id. Null without a
 * member; an unknown rule is an `InputError`.
 */
export function choose(contenders: readonly Contender[], rule: string, context: ChoiceContext): Choice | null {
  const { words, score } = lookup(choiceRules, rule, 'rule');
  const [first] = contenders.toSorted(
    (a, b) =>
      score(a, context) - score(b, context) ||
      b.accuracy - a.accuracy ||
      (a.candidate.networkId < b.candidate.networkId ? -1 : 1),
  );
  if (!first) return null;
  const reason =
    contenders.length === 1
      ? 'the only candidate left'
      : `${words} among ${contenders.length} that cannot be told apart`;
  return { networkId: first.candidate.networkId, rule, reason };
}

function distance(a: Shares, b: Shares): number {
  return Math.hypot(a.depth - b.depth, a.width - b.width, a.resolution - b.resolution);
}
