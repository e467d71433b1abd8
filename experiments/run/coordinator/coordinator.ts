import type { Store } from '../../../db/store.js';
import type { RetryableState } from '../../../db/tables/trials.js';
import { defaultRetries, type Retries } from '../../../search/plan/outcomes.js';
import type { Plan } from '../../../search/plan/plan.js';
import { simulatedPlan } from '../../../search/simulation/simulated-plan.js';
import type { SimulationSpec } from '../../../search/simulation/simulation.js';
import { strategyOf } from '../../../search/strategy/compose.js';
import type { Strategy } from '../../../search/strategy/strategy.js';
import type { Executor, TrialResult } from '../../../workers/executors/contract.js';
import { Agenda } from './agenda.js';
import { accuraciesOf, Checkpoints, type KeepPolicy } from './checkpoints.js';
import { Feeder, type OpenTrial } from './feeder.js';
import { Jobs } from './jobs.js';
import { checkSameData, Ledger } from './ledger.js';
import { Pausing } from './pausing.js';
import { type Progress, ProgressTracker } from './progress.js';
import type { SearchEnd, SearchEvent } from './search-events.js';

export interface CoordinatorOptions {
  readonly plan: Plan;
  /** Puts this model in the place of training. */
  readonly simulation?: SimulationSpec | null;
  readonly store: Store;
  /** Not yet started; the coordinator closes it. */
  readonly executor: Executor;
  /** Default: the one that the plan's experiment names. */
  readonly strategy?: Strategy;
  /** Name of the engine, default `auto`. */
  readonly engine?: string;
  /** Digest of the data as they are now; null, the default, where nobody has opened them yet. */
  readonly datasetDigest?: string | null;
  readonly retries?: Retries;
  /** Of one attempt; default none. */
  readonly timeLimitMs?: number | null;
  /** Default `none`. */
  readonly keepCheckpoints?: KeepPolicy;
  /** Pause the search when most of its trials fail; default false. */
  readonly pauseWhenFailing?: boolean;
  readonly onEvent?: (event: SearchEvent) => void;
  /** How often the executor is asked whether it still holds what it was given; default one minute. */
  readonly reconcileMs?: number;
}

/**
 * Runs one search: stores its plan, asks its strategy which trials to train, gives them to the executor, records the results, retries what
 * the table of retries allows, and ends when the strategy is done. It can be killed at any moment: the store is the truth, and a new
 * coordinator goes on from it. Each runs once.
 */
export class Coordinator {
  private readonly plan: Plan;
  private readonly store: Store;
  private readonly executor: Executor;
  /** Of the store. */
  readonly searchId: number;
  private readonly isNew: boolean;
  private readonly agenda: Agenda;
  private readonly tracker: ProgressTracker;
  private readonly checkpoints: Checkpoints;
  private readonly jobs: Jobs;
  private readonly feeder: Feeder;
  private readonly ledger: Ledger;
  private readonly pausing: Pausing;
  /** Of the trials that were completed before this run, by their id. */
  private readonly accuracies: ReadonlyMap<string, number>;
  private stopping: Promise<void> | null = null;
  private finish: (state: SearchEnd['state']) => void = () => {};
  private fail: (error: unknown) => void = () => {};

  /**
   * Stores the plan, whole, before anything is submitted. Throws `bad-data`, and stores nothing, when trials are to go on with data that
   * are not those the search began with; and `bad-store` as `Store.addSearch` does.
   */
  constructor(private readonly options: CoordinatorOptions) {
    const { plan, simulation = null, store, executor, engine = 'auto', timeLimitMs = null } = options;
    this.plan = simulation ? simulatedPlan(plan, simulation) : plan;
    this.store = store;
    this.executor = executor;
    const { id: searchId, isNew } = store.transaction(() => {
      const added = store.addSearch(this.plan, simulation, Date.now());
      checkSameData(store, added.id, options.datasetDigest ?? null);
      return added;
    });
    this.searchId = searchId;
    this.isNew = isNew;
    const emit = (event: SearchEvent): void => this.options.onEvent?.(event);
    const note = (message: string): void => this.ledger.note(message);
    const onFailure = (error: unknown): void => this.fail(error);
    this.agenda = new Agenda({
      store,
      searchId,
      plan,
      simulation,
      strategy: options.strategy ?? strategyOf(plan),
      onProposed: (trials, networks) => this.tracker.add(trials, networks),
      note,
    });
    const trials = store.read.standings(searchId);
    const networks = this.agenda.networks();
    this.tracker = new ProgressTracker({ recipe: plan.recipe, networks }, trials, performance.now());
    this.accuracies = accuraciesOf(trials);
    this.checkpoints = new Checkpoints(store.file, options.keepCheckpoints ?? 'none');
    const { agenda, tracker, checkpoints } = this;
    this.jobs = new Jobs({ store, searchId, plan, agenda, checkpoints, engine, timeLimitMs, simulation });
    this.feeder = new Feeder({ executor, openAttempts: (pending) => this.jobs.open(pending), note, onFailure });
    this.ledger = new Ledger({
      store,
      searchId,
      retries: options.retries ?? defaultRetries,
      epochs: plan.recipe.epochs,
      feeder: this.feeder,
      tracker,
      checkpoints,
      emit,
      onEnded: (state, message) => this.pausing.ended(state, message),
      onFailure,
    });
    const whenFailing = options.pauseWhenFailing ?? false;
    this.pausing = new Pausing({ executor, ledger: this.ledger, whenFailing, emit, onFailure });
  }

  /** Runs the search to its end, or until `stop`. Rejects when the store or the executor fails; what was recorded by then is kept. */
  async run(): Promise<SearchEnd> {
    // A run that was killed before a proposal was stored may have left nothing to do but to ask for it again.
    this.agenda.ask();
    const unfinished = this.agenda.open().length;
    this.announce(unfinished);
    await this.checkpoints.sweep(this.accuracies);
    if (unfinished === 0) return this.end('finished');
    if (this.stopping) return this.end('stopped');
    this.ledger.log('started', `${unfinished} trials to go`);
    const ended = new Promise<SearchEnd['state']>((resolve, reject) => {
      this.finish = resolve;
      this.fail = reject;
    });
    // It may fail while the executor is still being started, before anybody waits for it.
    ended.catch(() => {});
    let reconciling: NodeJS.Timeout | undefined;
    try {
      await this.executor.start({
        onResult: (result) => this.onResult(result),
        onEvent: (event) => this.ledger.hear(event),
        onReturn: () => void this.feeder.resubmitMissing().catch(this.fail),
        onNote: (message) => this.ledger.note(message),
      });
      await this.takeOver();
      reconciling = setInterval(() => {
        this.feeder.resubmitMissing().catch(this.fail);
      }, this.options.reconcileMs ?? 60_000);
      const state = await ended;
      await (this.stopping ?? this.executor.close('drain'));
      this.ledger.log(state, `${this.ledger.count} trials ended in this run`);
      return this.end(state);
    } catch (error) {
      // What a run that is being stopped cannot begin any more is no failure.
      const stopping = this.stopping as Promise<void> | null;
      if (stopping) {
        await stopping.catch(() => {});
        return this.end('stopped');
      }
      await this.executor.close('now').catch(() => {});
      throw error;
    } finally {
      clearInterval(reconciling);
      this.ledger.flush();
      await this.ledger.cleanedUp();
      await this.checkpoints.tidy();
    }
  }

  /**
   * Ends the run early. `drain`: running trials come to their end first. `now`: they are ended and go on from their checkpoints in the
   * next run; this also cuts a `drain` short.
   */
  stop(how: 'drain' | 'now'): Promise<void> {
    this.feeder.stop();
    this.stopping = this.closeExecutor(how);
    this.stopping.catch(this.fail);
    return this.stopping;
  }

  /** Nothing new starts until `resume`. */
  async pause(): Promise<void> {
    await this.pausing.pause('as asked');
  }

  async resume(): Promise<void> {
    await this.pausing.resume();
  }

  /** Ends these trials, or all that are not over, as `cancelled`; running ones within 10 s. Returns how many they are. */
  async cancel(trialIds?: readonly string[]): Promise<number> {
    const named = trialIds && new Set(trialIds);
    const isWanted = (trialId: string): boolean => named?.has(trialId) ?? true;
    const open = this.feeder.openIds().filter(isWanted);
    this.ledger.unwant(open);
    const queued = this.feeder.withdraw(isWanted);
    this.ledger.flush();
    const known = new Set([...open, ...queued.map(({ id }) => id)]);
    const paused = this.store.read
      .unfinished(this.searchId)
      .filter(({ id, isPaused }) => isPaused && isWanted(id) && !known.has(id));
    const waiting = [...queued, ...paused];
    this.store.transaction(() => {
      for (const { id } of waiting) this.store.cancelQueued(id, Date.now());
      if (!trialIds) this.store.markCancelled(this.searchId, Date.now());
    });
    for (const trial of waiting) this.ledger.withdrawn(trial);
    await this.executor.cancel(open);
    this.goOn();
    return open.length + waiting.length;
  }

  /** Queues trials again that ended in one of these states, with a full count of retries. Returns how many they are. */
  retry(states: readonly RetryableState[] = ['failed']): number {
    this.ledger.flush();
    const trials = this.store.requeue(this.searchId, states);
    for (const { id } of trials) {
      this.ledger.want(id);
      this.tracker.requeued(id);
    }
    // The strategy says anew where each of them is to pause.
    this.feeder.add([...trials, ...this.agenda.ask()]);
    return trials.length;
  }

  /** How the search stands now. */
  progress(): Progress {
    return this.tracker.progress(performance.now());
  }

  private async closeExecutor(how: 'drain' | 'now'): Promise<void> {
    await this.executor.close(how);
    this.ledger.flush();
    this.store.transaction(() => this.store.interruptAttempts(this.searchId, Date.now()));
    // The search may have been stopped just when all trials were over: whether it is finished is the strategy's to say.
    this.agenda.ask();
    this.finish(this.agenda.isDone && this.agenda.open().length === 0 ? 'finished' : 'stopped');
  }

  /** Goes on with what the executor still holds from an earlier run, and submits the rest. */
  private async takeOver(): Promise<void> {
    // What an earlier run left undelivered has been delivered by now; it must be in the store before the store is asked.
    this.ledger.flush();
    const held = await this.executor.held();
    this.agenda.ask();
    const kept: OpenTrial[] = [];
    const rest = this.agenda.open().filter((trial) => {
      const job = held.has(trial.id) ? this.jobs.goOn(trial) : null;
      if (job) kept.push({ trial, job });
      return job === null;
    });
    this.feeder.begin(kept, rest);
    this.ledger.begin();
    this.goOn();
  }

  private async onResult(result: TrialResult): Promise<void> {
    try {
      const recorded = await this.ledger.record(result);
      if (recorded.verdict === 'counted') this.ledger.settle(result, recorded);
      else this.notCounted(result, recorded.verdict);
      this.goOn();
    } catch (error) {
      this.fail(error);
      // The executor must not take the result for stored.
      throw error;
    }
  }

  /** Submits what waits and what the strategy proposes upon what has ended. Ends the run when there is nothing more. */
  private goOn(): void {
    // A run that is being stopped ends when its executor is closed.
    if (!this.feeder.hasBegun || this.stopping) return;
    this.feeder.add(this.agenda.ended());
    if (this.feeder.isDone) this.askForMore();
  }

  /** Nothing is left to submit: the store says whether every trial is over, and not what this process remembers. */
  private askForMore(): void {
    const { agenda, store, searchId } = this;
    const left = store.read.unfinished(searchId).filter(({ isPaused }) => !isPaused).length;
    const wrong = (what: string): void => this.fail(new Error(`search ${searchId}: ${what}`));
    if (left > 0) {
      wrong(`nothing is left to submit, but ${left} trials are not over`);
      return;
    }
    agenda.ask();
    const open = agenda.open();
    for (const { id, isPaused } of open) if (isPaused) this.tracker.requeued(id);
    if (open.length > 0) this.feeder.add(open);
    else if (agenda.isDone) this.finish('finished');
    else wrong('its strategy waits, but no trial is open');
  }

  /** A result that the store did not take. Where its attempt is not open any more, nothing hangs on it. */
  private notCounted(result: TrialResult, verdict: string): void {
    const { trialId, attempt, token } = result;
    const message = `a ${verdict} result of attempt ${attempt} was not counted`;
    this.options.onEvent?.({ event: 'note', trialId, message });
    if (this.stopping || this.feeder.get(trialId)?.job.token !== token) return;
    this.ledger.settleByStore(result, verdict);
  }

  private announce(unfinished: number): void {
    const { searchId, isNew } = this;
    const { hash } = this.plan;
    const simulated = this.options.simulation != null;
    const { total } = this.progress();
    this.options.onEvent?.({ event: 'planned', searchId, hash, simulated, isNew, total, unfinished });
  }

  private end(state: SearchEnd['state']): SearchEnd {
    const { store, searchId } = this;
    const found = store.read.searches().find(({ id }) => id === searchId);
    if (!found) throw new Error(`search ${searchId} is not in its store`);
    return { state, searchId, trials: found.trials, endedNow: this.ledger.count };
  }
}
