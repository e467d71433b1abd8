import { lookup } from '../errors.js';
import type { Candidate } from './candidate.js';
import type { Estimate } from './estimate.js';

/** A member of the tie set with what the rules look at. */
export interface Contender {
  readonly candidate: Candidate;
  readonly estimate: Estimate;
}

/** Orders contenders: the one with the lowest score is chosen. */
interface ChoiceRule {
  readonly words: string;
  readonly score: (contender: Contender, targetMacs: number) => number;
}

/** MnasNet's exponent, Tan et al. 2019, section 3.1: doubling the cost should buy 5 % relative accuracy, 1.05 · 2^w = 1. */
const costExponent = -0.07;

export const choiceRules: Readonly<Record<string, ChoiceRule>> = {
  'fewest-activations': { words: 'fewest activations', score: ({ candidate }) => candidate.cost.activations },
  'fewest-macs': { words: 'fewest macs', score: ({ candidate }) => candidate.cost.macs },
  'highest-mean': { words: 'highest estimated accuracy', score: ({ estimate }) => -estimate.mean },
  objective: {
    words: `highest accuracy · (macs / target)^${costExponent}`,
    score: ({ candidate, estimate }, targetMacs) => -estimate.mean * (candidate.cost.macs / targetMacs) ** costExponent,
  },
};

export interface Choice {
  readonly networkId: string;
  readonly rule: string;
  readonly reason: string;
}

/** Chooses among the members of the tie set by a rule of the registry; equals are settled by macs, then by id. Null without a member. */
export function choose(contenders: readonly Contender[], rule: string, targetMacs: number): Choice | null {
  const { words, score } = lookup(choiceRules, rule, 'rule');
  const [first] = contenders.toSorted(
    (a, b) =>
      score(a, targetMacs) - score(b, targetMacs) ||
      a.candidate.cost.macs - b.candidate.cost.macs ||
      (a.candidate.networkId < b.candidate.networkId ? -1 : 1),
  );
  if (!first) return null;
  const among =
    contenders.length === 1
      ? 'the only candidate left'
      : `${words} among ${contenders.length} that cannot be told apart`;
  return { networkId: first.candidate.networkId, rule, reason: among };
}
