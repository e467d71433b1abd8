import { epochAtRung, type HalvingRule, promote, rungEpochs, typicalOf } from './halving-rule.js';

/** A trial that takes part in successive halving. */
export interface HalvedTrial {
  readonly id: string;
  /** Multiply-adds of one image through the network. */
  readonly macs: number;
  /** Validation accuracy after each epoch so far, from the first; shares. */
  readonly curve: readonly number[];
  /** It ended without an accuracy, and is judged with the others no more. */
  readonly hasFailed: boolean;
}

/** What was decided at a rung, once all that were to be judged there had reached it. */
export interface Decision {
  /** Of a network of median cost. */
  readonly epochs: number;
  readonly judged: number;
  readonly promoted: number;
}

export interface Halving {
  /** By trial: the epoch after which it is to pause; null where it trains to its end. */
  readonly pauseAfter: ReadonlyMap<string, number | null>;
  readonly decisions: readonly Decision[];
}

/**
 * Where each trial of a search is to pause (successive halving, Jamieson and Talwalkar 2016): all at the first rung; of those that reached a
 * rung the best one in `eta` at the next; the last of them never. It follows from the curves alone, so that a coordinator that was killed
 * decides the same again. A trial that fails gives its place to the next best.
 */
export function halve(trials: readonly HalvedTrial[], rule: HalvingRule, epochs: number): Halving {
  const typicalMacs = typicalOf(trials.map(({ macs }) => macs));
  const pauseAfter = new Map<string, number | null>();
  const decisions: Decision[] = [];
  let going = trials.filter(({ hasFailed }) => !hasFailed);
  for (const rung of rungEpochs(rule, epochs)) {
    const epochOf = ({ macs }: HalvedTrial) => epochAtRung(rule, rung, macs, typicalMacs, epochs);
    for (const trial of going) pauseAfter.set(trial.id, epochOf(trial) < epochs ? epochOf(trial) : null);
    if (going.some((trial) => trial.curve.length < epochOf(trial))) return { pauseAfter, decisions };
    const accuracyOf = (trial: HalvedTrial) => trial.curve[epochOf(trial) - 1] as number;
    const judged = going.length;
    going = promote(going, accuracyOf, rule);
    decisions.push({ epochs: rung, judged, promoted: going.length });
  }
  for (const { id } of going) pauseAfter.set(id, null);
  return { pauseAfter, decisions };
}
