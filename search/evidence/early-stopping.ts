import { meanOf } from './noise.js';

/** A finished trial as early stopping sees it. */
export interface Run {
  readonly id: string;
  /** Validation accuracy after each epoch, from the first; shares. */
  readonly curve: readonly number[];
  /** Multiply-adds of one image through the network. */
  readonly macs: number;
}

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

/** Epochs of the rungs, from the first, each `eta` times the one before, all before the last epoch. */
export function rungEpochs({ eta, firstEpochs }: HalvingRule, epochs: number): number[] {
  const rungs: number[] = [];
  for (let at = firstEpochs; at < epochs; at *= eta) rungs.push(Math.round(at));
  return rungs;
}

/**
 * What successive halving (Jamieson and Talwalkar 2016) would have done with a search that has finished. Runs pause at a rung and the best one
 * in `eta` go on. Throws a `RangeError` for no runs or a rule that does not halve.
 */
export function replayHalving(runs: readonly Run[], rule: HalvingRule): Replay {
  if (runs.length === 0) throw new RangeError('no finished run to replay');
  if (!(rule.eta > 1 && rule.firstEpochs >= 1)) throw new RangeError(`eta ${rule.eta}, first ${rule.firstEpochs}`);
  const epochs = Math.max(...runs.map(({ curve }) => curve.length));
  const typicalMacs = median(runs.map(({ macs }) => macs));
  const epochAt = (run: Run, rung: number) => {
    const own = rule.by === 'epochs' ? rung : Math.round((rung * typicalMacs) / run.macs);
    return Math.min(Math.max(1, own), run.curve.length);
  };
  const final = runs.map(({ curve }) => curve.at(-1) as number);
  const trained = new Map(runs.map((run) => [run.id, run.curve.length]));
  let going = [...runs];
  const rungs = rungEpochs(rule, epochs).map((rung): Rung => {
    const at = (run: Run) => run.curve[epochAt(run, rung) - 1] as number;
    const ranked = going.toSorted((a, b) => at(b) - at(a) || (a.id < b.id ? -1 : 1));
    const promoted = ranked.slice(0, Math.max(1, Math.ceil(ranked.length / rule.eta)));
    for (const run of ranked.slice(promoted.length)) trained.set(run.id, epochAt(run, rung));
    const judged = ranked.map(({ id }) => id);
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

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}
