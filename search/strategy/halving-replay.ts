import { meanOf } from '../evidence/noise.js';
import { epochAtRung, type HalvingRule, promote, rungEpochs, typicalOf } from './halving.js';

/** A finished trial as early stopping sees it. */
export interface Run {
  readonly id: string;
  /** Validation accuracy after each epoch, from the first; shares. */
  readonly curve: readonly number[];
  /** Multiply-adds of one image through the network. */
  readonly macs: number;
}

export interface Rung {
  /** Epochs of a network of median cost. */
  readonly epochs: number;
  /** Ids that were judged here. */
  readonly judged: readonly string[];
  /** Ids that went on. */
  readonly promoted: readonly string[];
  /** Spearman's rank correlation between accuracy at the rung and at the end, over all runs; null where either does not vary. */
  readonly rankCorrelation: number | null;
}

export interface Replay {
  readonly rungs: readonly Rung[];
  /** Share of the training macs that the rule would have saved. */
  readonly saved: number;
  /** Whether the run that was best at the end would have been trained to the end. */
  readonly keptWinner: boolean;
  readonly sentence: string;
}

/**
 * What successive halving (Jamieson and Talwalkar 2016) would have done with a search that has finished. Runs pause at a rung and the best one
 * in `eta` go on. Throws a `RangeError` for no runs or a rule that does not halve.
 */
export function replayHalving(runs: readonly Run[], rule: HalvingRule): Replay {
  if (runs.length === 0) throw new RangeError('no finished run to replay');
  if (!(rule.eta > 1 && rule.firstEpochs >= 1)) throw new RangeError(`eta ${rule.eta}, first ${rule.firstEpochs}`);
  const epochs = Math.max(...runs.map(({ curve }) => curve.length));
  const typicalMacs = typicalOf(runs.map(({ macs }) => macs));
  const epochAt = (run: Run, rung: number) => epochAtRung(rule, rung, run.macs, typicalMacs, run.curve.length);
  const final = runs.map(({ curve }) => curve.at(-1) as number);
  const trained = new Map(runs.map((run) => [run.id, run.curve.length]));
  let going = [...runs];
  const rungs = rungEpochs(rule, epochs).map((rung): Rung => {
    const at = (run: Run) => run.curve[epochAt(run, rung) - 1] as number;
    const promoted = promote(going, at, rule);
    const kept = new Set(promoted);
    for (const run of going) if (!kept.has(run)) trained.set(run.id, epochAt(run, rung));
    const judged = going.map(({ id }) => id);
    going = promoted;
    return {
      epochs: rung,
      judged,
      promoted: promoted.map(({ id }) => id),
      rankCorrelation: spearman(runs.map(at), final),
    };
  });
  const full = runs.reduce((sum, { curve, macs }) => sum + curve.length * macs, 0);
  const spent = runs.reduce((sum, { id, macs }) => sum + (trained.get(id) as number) * macs, 0);
  const saved = 1 - spent / full;
  const winner = runs[final.indexOf(Math.max(...final))] as Run;
  const keptWinner = going.includes(winner);
  return {
    rungs,
    saved,
    keptWinner,
    sentence: `would have saved ${Math.round(100 * saved)} %, would ${keptWinner ? 'have kept' : 'not have kept'} the winner`,
  };
}

/** Spearman's rank correlation, equal values sharing their mean rank; null where one side does not vary. */
export function spearman(a: readonly number[], b: readonly number[]): number | null {
  const [x, y] = [ranks(a), ranks(b)];
  const [meanX, meanY] = [meanOf(x), meanOf(y)];
  let products = 0;
  let squaresX = 0;
  let squaresY = 0;
  x.forEach((rank, i) => {
    const [dx, dy] = [rank - meanX, (y[i] as number) - meanY];
    products += dx * dy;
    squaresX += dx * dx;
    squaresY += dy * dy;
  });
  return squaresX === 0 || squaresY === 0 ? null : products / Math.sqrt(squaresX * squaresY);
}

function ranks(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((i, j) => (values[i] as number) - (values[j] as number));
  const result = new Array<number>(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to + 1 < order.length && values[order[to + 1] as number] === values[order[from] as number]) to++;
    for (let i = from; i <= to; i++) result[order[i] as number] = (from + to) / 2;
    from = to + 1;
  }
  return result;
}
