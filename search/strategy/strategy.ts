import type { z } from 'zod';
import type { Architecture } from '../network/architecture.js';
import type { PlannedNetwork, PlannedPoint, PlannedTrial } from '../plan/planned.js';

/** A trial that a strategy asks for: one training of a network, with a seed of its own for each replicate. */
export type Proposal = Pick<PlannedTrial, 'networkId' | 'replicate'>;

/** How a proposed trial stands. `open`: it waits, or is being trained. `paused`: it has stopped at an epoch that the strategy named. */
export type TrialReport = Proposal & { readonly id: string } & (
    | { readonly state: 'open' | 'paused' }
    /** Validation accuracy at the recipe's last epoch, a share in [0, 1]. */
    | { readonly state: 'completed'; readonly accuracy: number }
    /** It has no accuracy and will not get one by itself. `what` says how it ended, such as `failed` or `cancelled`. */
    | { readonly state: 'failed'; readonly what: string }
  );

/** The end of a trial, as it was recorded. */
export type Ending = { readonly trialId: string } & (
  | { readonly state: 'completed'; readonly accuracy: number }
  | { readonly state: 'failed' }
);

/** What a search knows so far. All of it is in the store. */
export interface History {
  /** Networks and points that were proposed beyond those of the plan, oldest first. */
  readonly networks: readonly PlannedNetwork[];
  readonly points: readonly PlannedPoint[];
  /** Every trial of the search, in the order in which they were proposed. */
  readonly trials: readonly TrialReport[];
  /**
   * How trials ended, in the order in which the results arrived, which is not that of the proposals. Entries are only ever appended: a trial
   * that failed and is retried by hand has two. One that another search of the store had finished ends when it is proposed.
   */
  readonly endings: readonly Ending[];
  /** Validation accuracy after each epoch so far, from the first, by trial id; 0 where it was not a number. Reading it takes a while. */
  readonly curves: ReadonlyMap<string, readonly number[]>;
  /** Images of the validation split; null until a trial is completed. */
  readonly validationImages: number | null;
}

/** What a strategy wants. */
export type Step = {
  /** What was decided so far and is worth saying, a sentence each; a later step repeats them in the same words. */
  readonly notes: readonly string[];
  /**
   * By trial id: the epoch after which a trial pauses, its checkpoint kept. A trial without an entry trains to the recipe's last epoch; so a
   * paused trial goes on when its entry is raised or gone.
   */
  readonly pauseAfter?: ReadonlyMap<string, number>;
} & (
  | {
      readonly state: 'propose';
      /** To be queued after all that wait. None of them is in the history. */
      readonly trials: readonly Proposal[];
      /** Those of their networks that are neither in the plan nor in the history. A network needs no point. */
      readonly networks?: readonly PlannedNetwork[];
      readonly points?: readonly PlannedPoint[];
    }
  /** Nothing more for now. `any`: ask again whenever a trial has ended. `all`: ask again when no trial is left to train. */
  | { readonly state: 'wait'; readonly until: 'any' | 'all' }
  /** Nothing more at all, unless a trial is retried by hand. */
  | { readonly state: 'done' }
);

/**
 * Decides which trials a search trains.
 *
 * `next` is a function of the problem and the history alone: it reads no clock, and draws randomness from `Problem.seed`, by name. A coordinator
 * that was killed makes the strategy anew, gives it the history of its store and is given the same proposals. An instance may remember what it
 * worked out, as long as a new one would come to the same.
 *
 * The coordinator asks at the start, after each proposal was stored, and then as `wait` says; it may ask at any other moment as well. Results
 * come out of order, many at a time; trials fail, are cancelled or are retried. A strategy that waits has at least one open trial: while none is
 * open it proposes, lets a paused one go on, or is done.
 */
export interface Strategy {
  next(history: History): Step;
}

/** A network as it would be trained, and the limits of the experiment that it breaks. */
export interface MeasuredNetwork extends PlannedNetwork {
  /** Names of limits, such as `macs`; empty for a network that may be trained. */
  readonly exceeded: readonly string[];
}

/** What a strategy searches. */
export interface Problem {
  readonly baseline: Architecture;
  /** The networks and trials of the plan, which every strategy proposes first. */
  readonly networks: readonly PlannedNetwork[];
  readonly trials: readonly Proposal[];
  /** Trainings of each network. */
  readonly replicates: number;
  /** Derive child seeds from it by name. */
  readonly seed: number;
  /** Counts a network and predicts its memory, without training it. Throws an `InputError` for one that cannot be built. */
  measure(network: Architecture): MeasuredNetwork;
}

/** A strategy that an experiment file can name, with its settings. */
export interface StrategyType<S extends z.ZodType = z.ZodType> {
  /** A strict object whose `name` is the key in the registry. */
  readonly settings: S;
  /** Whether the plan holds the points of the experiment's grid. Otherwise it holds the baseline alone. */
  readonly plansGrid: boolean;
  begin(problem: Problem, settings: z.infer<S>): Strategy;
}

/** Keeps the type of the settings. */
export function strategyType<S extends z.ZodType>(type: StrategyType<S>): StrategyType<S> {
  return type;
}

/** Tells the trials of a search from one another, whatever their ids. */
export function proposalKey({ networkId, replicate }: Proposal): string {
  return `${networkId} ${replicate}`;
}

/** Those of these trials that the history does not hold. */
export function notProposed(trials: readonly Proposal[], history: History): Proposal[] {
  const known = new Set(history.trials.map(proposalKey));
  return trials.filter((trial) => !known.has(proposalKey(trial)));
}

/** Proposes what the history lacks of a fixed list of trials; then waits for all of them. */
export function proposeAll(
  trials: readonly Proposal[],
  history: History,
  networks: readonly PlannedNetwork[] = [],
): Step {
  const missing = notProposed(trials, history);
  if (missing.length > 0) {
    const known = new Set(history.networks.map(({ id }) => id));
    return { state: 'propose', trials: missing, networks: networks.filter(({ id }) => !known.has(id)), notes: [] };
  }
  if (history.trials.some(isUnfinished)) return { state: 'wait', until: 'all', notes: [] };
  return { state: 'done', notes: [] };
}

/** Whether a trial has yet to come to its end. */
export function isUnfinished({ state }: TrialReport): boolean {
  return state === 'open' || state === 'paused';
}
