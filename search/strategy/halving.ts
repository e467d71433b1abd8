import type { Plan } from '../plan/plan.js';
import type { History, Step, Strategy, TrialReport } from './strategy.js';

/** How successive halving is done (Jamieson and Talwalkar 2016): in a running search and when a finished one is replayed. */
export interface HalvingRule {
  /** One in `eta` goes on from a rung to the next. */
  readonly eta: number;
  /** Epochs before the first rung. */
  readonly firstEpochs: number;
  /** `epochs`: a rung is the same epoch for all. `macs`: the same training macs, so that dearer networks are judged after fewer epochs. */
  readonly by: 'epochs' | 'macs';
}

/** Off unless asked for; then one in three goes on, judged after three epochs at the earliest. */
export const defaultHalving: HalvingRule = { eta: 3, firstEpochs: 3, by: 'epochs' };

/** Epochs of the rungs, from the first, each `eta` times the one before, all before the last epoch. */
export function rungEpochs({ eta, firstEpochs }: HalvingRule, epochs: number): number[] {
  const rungs: number[] = [];
  for (let at = firstEpochs; at < epochs; at *= eta) rungs.push(Math.round(at));
  return rungs;
}

/** The epoch, of `epochs`, at which a network is judged at a rung; macs are those of one image, `typicalMacs` those of a network of median cost. */
export function epochAtRung(
  rule: HalvingRule,
  rung: number,
  macs: number,
  typicalMacs: number,
  epochs: number,
): number {
  const own = rule.by === 'epochs' ? rung : Math.round((rung * typicalMacs) / macs);
  return Math.min(epochs, Math.max(1, own));
}

/** Those that go on, the best first: one in `eta`, rounded up; equals in the order of their ids. */
export function promote<T extends { readonly id: string }>(
  judged: readonly T[],
  accuracyOf: (trial: T) => number,
  { eta }: HalvingRule,
): T[] {
  const ranked = judged.toSorted((a, b) => accuracyOf(b) - accuracyOf(a) || (a.id < b.id ? -1 : 1));
  return ranked.slice(0, Math.ceil(ranked.length / eta));
}

/** The median of macs, the upper one of two. */
export function typicalOf(macs: readonly number[]): number {
  return macs.toSorted((a, b) => a - b)[Math.floor(macs.length / 2)] ?? 0;
}

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

/**
 * Successive halving around another strategy: the trials of the plan's grid pause at rungs, the best go on. What waits at a rung for good has
 * ended for the strategy within.
 */
export class SuccessiveHalving implements Strategy {
  private readonly macsOf: ReadonlyMap<string, number>;

  constructor(
    private readonly inner: Strategy,
    private readonly plan: Pick<Plan, 'spec' | 'points' | 'networks' | 'recipe'>,
    private readonly rule: HalvingRule,
  ) {
    const searched = new Set(plan.points.flatMap(({ role, networkId }) => (role === 'grid' ? [networkId] : [])));
    this.macsOf = new Map(plan.networks.flatMap(({ id, cost }) => (searched.has(id) ? [[id, cost.macs]] : [])));
  }

  next(history: History): Step {
    const { curves } = history;
    const { replicates } = this.plan.spec;
    const proposed = new Map(history.networks.map(({ id, cost }) => [id, cost.macs]));
    const halved = history.trials.flatMap(({ id, networkId, replicate, state }): HalvedTrial[] => {
      const macs = this.macsOf.get(networkId) ?? proposed.get(networkId);
      if (macs === undefined || replicate >= replicates) return [];
      return [{ id, macs, curve: curves.get(id) ?? [], hasFailed: state === 'failed' }];
    });
    const { pauseAfter: epochs, decisions } = halve(halved, this.rule, this.plan.recipe.epochs);
    const pauseAfter = new Map([...epochs].flatMap(([id, epoch]) => (epoch === null ? [] : [[id, epoch] as const])));
    const trials = history.trials.map((trial): TrialReport => {
      if (trial.state !== 'paused') return trial;
      const { id, networkId, replicate } = trial;
      const trained = curves.get(id)?.length ?? 0;
      return trained >= (pauseAfter.get(id) ?? Number.POSITIVE_INFINITY)
        ? { id, networkId, replicate, state: 'failed', what: `paused at epoch ${trained}` }
        : { ...trial, state: 'open' };
    });
    const step = this.inner.next({ ...history, curves, trials });
    return { ...step, pauseAfter, notes: [...decisions.map(decisionSentence), ...step.notes] };
  }
}

function decisionSentence({ epochs, judged, promoted }: Decision): string {
  return `rung at epoch ${epochs}: ${promoted} of ${judged} trials go on`;
}
