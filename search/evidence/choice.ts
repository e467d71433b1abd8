import { lookup } from '../base/errors.js';
import type { Candidate } from './candidate.js';
import { type Shares, sharesOf } from './shares.js';

/** A member of the tie set with what the rules look at. */
export interface Contender {
  readonly candidate: Candidate;
  /** What the rule compares: expected merit, else the shrunken mean, else the mean; a share. */
  readonly accuracy: number;
}

/** What the rules compare contenders with. */
export interface ChoiceContext {
  readonly targetMacs: number;
  /** Shares at the optimum of the response surface; null where none could be fitted. */
  readonly optimum: Shares | null;
  /** A difference in estimated accuracy that a smaller network is worth, a share. */
  readonly negligible: number;
}

/**
 * The default of `negligible`, in standard deviations between seeds: it would take 15.7 · 8² ≈ 1,000 seeds of each of two networks to see such a
 * difference with 80 % power. Taking the smallest of the whole tie set instead costs accuracy: half a seed noise and more, see bench/results/evidence.json.
 */
export const negligiblePerNoise = 1 / 8;

interface ChoiceRule {
  readonly words: string;
  /** `merit`: what is compared, and the tie set, is accuracy at equal cost; `accuracy`: as trained, whatever it cost. */
  readonly compares: 'merit' | 'accuracy';
  /** Only contenders whose estimated accuracy is negligibly below the highest take part. */
  readonly nearBest?: true;
  /** The contender with the lowest score is chosen. */
  readonly score: (contender: Contender, context: ChoiceContext) => number;
}

/**
 * The exponent w of accuracy · (cost / target)^w: doubling the cost should buy 5 % relative accuracy, 1.05 · 2^w = 1
 * (MnasNet, Tan et al. 2019, section 3.1; arXiv 1905.11946, section 4, with macs for the cost).
 */
const costExponent = -0.07;

export const choiceRules: Readonly<Record<string, ChoiceRule>> = {
  'highest-merit': {
    words: 'highest expected accuracy at equal cost',
    compares: 'merit',
    score: ({ accuracy }) => -accuracy,
  },
  'fewest-activations': {
    words: 'fewest activations',
    compares: 'accuracy',
    nearBest: true,
    score: ({ candidate }) => candidate.cost.activations,
  },
  'fewest-macs': {
    words: 'fewest macs',
    compares: 'accuracy',
    nearBest: true,
    score: ({ candidate }) => candidate.cost.macs,
  },
  'highest-mean': { words: 'highest estimated accuracy', compares: 'accuracy', score: ({ accuracy }) => -accuracy },
  'fitted-optimum': {
    words: 'nearest to the optimum of the fitted surface',
    compares: 'accuracy',
    score: ({ candidate, accuracy }, { optimum }) =>
      optimum ? distance(sharesOf(candidate.multipliers), optimum) : -accuracy,
  },
  objective: {
    words: `highest accuracy · (macs / target)^${costExponent}`,
    compares: 'accuracy',
    score: ({ candidate, accuracy }, { targetMacs }) => -accuracy * (candidate.cost.macs / targetMacs) ** costExponent,
  },
};

/** What is chosen by unless the user says otherwise: the question is how to share compute, so networks are compared at equal cost. */
export const defaultRule = 'highest-merit';

/** What a rule compares; an unknown rule is an `InputError`. */
export function comparedBy(rule: string): 'merit' | 'accuracy' {
  return lookup<ChoiceRule>(choiceRules, rule, 'rule').compares;
}

export interface Choice {
  readonly networkId: string;
  readonly rule: string;
  readonly reason: string;
}

/** A choice that somebody made by hand. */
export interface HandChoice {
  readonly networkId: string;
  /** Why, in their words; may be empty. */
  readonly note: string;
  readonly atMs: number;
}

/** What stands in the place of a rule's name where a choice was made by hand. */
export const byHand = 'by-hand';

/** A choice made by hand as a choice. */
export function handChoice({ networkId, note, atMs }: HandChoice): Choice {
  const when = `chosen by hand on ${new Date(atMs).toISOString().slice(0, 10)}`;
  return { networkId, rule: byHand, reason: note === '' ? when : `${when}: ${note}` };
}

/**
 * Chooses among the members of the tie set by a rule of the registry; equals are settled by estimated accuracy, then by id. Null without a
 * member; an unknown rule is an `InputError`.
 */
export function choose(tied: readonly Contender[], rule: string, context: ChoiceContext): Choice | null {
  const { words, nearBest, score } = lookup<ChoiceRule>(choiceRules, rule, 'rule');
  const highest = Math.max(...tied.map(({ accuracy }) => accuracy));
  const contenders = nearBest ? tied.filter(({ accuracy }) => highest - accuracy <= context.negligible) : tied;
  const [first] = contenders.toSorted(
    (a, b) =>
      score(a, context) - score(b, context) ||
      b.accuracy - a.accuracy ||
      (a.candidate.networkId < b.candidate.networkId ? -1 : 1),
  );
  if (!first) return null;
  return { networkId: first.candidate.networkId, rule, reason: reasonFor(words, contenders.length, tied.length) };
}

function reasonFor(words: string, contenders: number, tied: number): string {
  if (tied === 1) return 'the only candidate left';
  const among = `${tied} that cannot be told apart`;
  if (contenders === tied) return `${words} among ${among}`;
  if (contenders === 1) return `highest estimated accuracy among ${among}, and none is negligibly below it`;
  return `${words} among ${contenders} of negligibly different accuracy, of ${among}`;
}

function distance(a: Shares, b: Shares): number {
  return Math.hypot(a.depth - b.depth, a.width - b.width, a.resolution - b.resolution);
}
