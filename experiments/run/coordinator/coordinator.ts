import type { UnfinishedTrial } from '../../../db/records.js';
import type { Store } from '../../../db/store.js';
import type { RetryableState } from '../../../db/tables/trials.js';
import { defaultRetries } from '../../../search/plan/outcomes.js';
import type { Plan } from '../../../search/plan/plan.js';
import { simulatedPlan } from '../../../search/simulation/simulated-plan.js';
import type { Executor, TrialResult } from '../../../workers/executors/contract.js';
import { checkSameData } from '../same-data.js';
import { Agenda } from './agenda.js';
import { Attempts } from './attempts.js';
import { accuraciesOf, Checkpoints } from './checkpoints.js';
import type { CoordinatorOptions } from './coordinator-options.js';
import { Endings } from './endings.js';
import { Feeder, type OpenTrial } from './feeder.js';
import { Halver } from './halver.js';
import { Listener } from './listener.js';
import { Pausing } from './pausing.js';
import { type Progress, ProgressTracker } from './progress.js';
import { Recorder } from './recorder.js';
import { Replicator } from './replicator.js';
import type { SearchEnd, SearchEvent } from './search-events.js';
import { TrialJobs } from './trial-jobs.js';

/**
 * Runs one search: stores its plan, gives the executor every trial that is not over, records what comes back, tries again what the
 * table of retries allows, and ends when every trial is over. It can be killed at any moment: the store is the truth, and a new
 * coordinator goes on from it. Each runs once.
 */
export class Coordinator {
  private readonly plan: Plan;
  private readonly store: Store;
  private readonly executor: Executor;
  /** Of the store. */
  readonly searchId: number;
  private readonly isNew: boolean;
  private readonly recorder: Recorder;
  private readonly tracker: ProgressTracker;
  private readonly attempts: Attempts;
  private readonly feeder: Feeder;
  private readonly listener: Listener;
  private readonly halver: Halver;
  private readonly agenda: Agenda;
  private readonly endings: Endings;
  private readonly pausing: Pausing;
  private readonly checkpoints: Checkpoints;
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
    const { id, isNew } = store.transaction(() => {
      const added = store.addSearch(this.plan, simulation, Date.now());
      checkSameData(store, added.id, options.datasetDigest ?? null);
      return added;
    });
    this.searchId = id;
    this.isNew = isNew;
    const trials = store.read.standings(id);
    this.tracker = new ProgressTracker(this.plan, trials, performance.now());
    this.accuracies = accuraciesOf(trials);
    const retries = options.retries ?? defaultRetries;
    const emit = (event: SearchEvent): void => this.emit(event);
    const onFailure = (error: unknown): void => this.fail(error);
    this.recorder = new Recorder({ store, searchId: id, retries, onFailure });
    this.checkpoints = new Checkpoints(store.file, options.keepCheckpoints ?? 'none');
    const checkpointFolder = (trialId: string): string => this.checkpoints.folderOf(trialId);
    this.halver = new Halver(store, id, this.plan);
    const pauseAfterEpoch = (trialId: string): number | null => this.halver.pauseAfterEpoch(trialId);
    this.attempts = new Attempts({
      store,
      jobs: new TrialJobs(this.plan, { engine, timeLimitMs, simulation, checkpointFolder, pauseAfterEpoch }),
      halver: this.halver,
      recorder: this.recorder,
    });
    this.agenda = new Agenda({
      store,
      searchId: id,
      plan: this.plan,
      tracker: this.tracker,
      halver: this.halver,
      replicator: new Replicator(store, id, plan, simulation),
      note: (message) => this.note(null, message),
    });
    this.feeder = new Feeder({
      executor,
      openAttempts: (pending) => this.attempts.open(pending),
      note: (message) => this.note(null, message),
      onFailure,
    });
    this.listener = new Listener({
      feeder: this.feeder,
      tracker: this.tracker,
      recorder: this.recorder,
      epochs: this.plan.recipe.epochs,
      emit,
      note: (trialId, message) => this.note(trialId, message),
    });
    const whenFailing = options.pauseWhenFailing ?? false;
    this.pausing = new Pausing({ executor, recorder: this.recorder, whenFailing, emit, onFailure });
    this.endings = new Endings({
      store,
      searchId: id,
      feeder: this.feeder,
      tracker: this.tracker,
      checkpoints: this.checkpoints,
      emit,
      onEnded: (state, message) => this.pausing.ended(state, message),
      onFailure,
    });
  }

  /** Runs the search to its end, or until `stop`. Rejects when the store or the executor fails; what was recorded by then is kept. */
  async run(): Promise<SearchEnd> {
    // A run that was killed between two rounds of replication has left nothing to do but to decide on the next.
    const unfinished = this.agenda.unfinished() || this.replicate();
    this.announce(unfinished);
    await this.checkpoints.sweep(this.accuracies);
    if (unfinished === 0) return this.end('finished');
    if (this.stopping) return this.end('stopped');
    this.recorder.note('started', null, `${unfinished} trials to go`);
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
        onEvent: (event) => this.listener.hear(event),
        onReturn: () => void this.feeder.resubmitMissing().catch(this.fail),
        onNote: (message) => this.note(null, message),
      });
      await this.takeOver();
      reconciling = setInterval(() => {
        this.feeder.resubmitMissing().catch(this.fail);
      }, this.options.reconcileMs ?? 60_000);
      const state = await ended;
      await (this.stopping ?? this.executor.close('drain'));
      this.recorder.note(state, null, `${this.endings.count} trials ended in this run`);
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
      this.recorder.flush();
      await this.endings.cleanedUp();
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
    this.endings.unwant(open);
    const queued = this.feeder.withdraw(isWanted);
    this.recorder.flush();
    const known = new Set([...open, ...queued.map(({ id }) => id)]);
    const paused = this.store.read
      .unfinished(this.searchId)
      .filter(({ id, isPaused }) => isPaused && isWanted(id) && !known.has(id));
    const waiting = [...queued, ...paused];
    this.store.transaction(() => {
      for (const { id } of waiting) this.store.cancelQueued(id, Date.now());
      if (!trialIds) this.store.markCancelled(this.searchId, Date.now());
    });
    for (const trial of waiting) this.endings.withdrawn(trial);
    await this.executor.cancel(open);
    this.finishWhenDone();
    return open.length + waiting.length;
  }

  /** Queues trials again that ended in one of these states, with a full count of retries. Returns how many they are. */
  retry(states: readonly RetryableState[] = ['failed']): number {
    this.recorder.flush();
    const trials = this.store.requeue(this.searchId, states);
    for (const { id } of trials) {
      this.endings.want(id);
      this.tracker.requeued(id);
    }
    this.feeder.add(trials);
    return trials.length;
  }

  /** How the search stands now. */
  progress(): Progress {
    return this.tracker.progress(performance.now());
  }

  private async closeExecutor(how: 'drain' | 'now'): Promise<void> {
    await this.executor.close(how);
    this.recorder.flush();
    this.store.transaction(() => this.store.interruptAttempts(this.searchId, Date.now()));
    // Stopped just when a round of replication was over, the search goes on with the next one in the next run.
    this.finish(this.agenda.unfinished() === 0 && this.replicate() === 0 ? 'finished' : 'stopped');
  }

  /** Goes on with what the executor still holds from an earlier run, and submits the rest. */
  private async takeOver(): Promise<void> {
    // What an earlier run left undelivered has been delivered by now; it must be in the store before the store is asked.
    this.recorder.flush();
    const held = await this.executor.held();
    const rest: UnfinishedTrial[] = [];
    const kept: OpenTrial[] = [];
    const open = this.agenda.open();
    // Decided in an earlier run, and noted then.
    this.halver.news();
    for (const trial of open) {
      const job = held.has(trial.id) ? this.attempts.goOn(trial) : null;
      if (job) kept.push({ trial, job });
      else rest.push(trial);
    }
    this.feeder.begin(kept, rest);
    this.listener.begin();
    this.finishWhenDone();
  }

  private async onResult(result: TrialResult): Promise<void> {
    try {
      const recorded = await this.recorder.result(result);
      if (recorded.verdict === 'counted') this.endings.settle(result, recorded);
      else this.notCounted(result, recorded.verdict);
      this.feeder.feed();
      this.finishWhenDone();
    } catch (error) {
      this.fail(error);
      // The executor must not take the result for stored.
      throw error;
    }
  }

  /** Ends the run when every trial is over; the store says so, not what this process remembers. */
  private finishWhenDone(): void {
    // A run that is being stopped ends when its executor is closed.
    if (!this.feeder.isDone || this.stopping) return;
    const open = this.agenda.open();
    const promoted = open.filter(({ isPaused }) => isPaused);
    const left = open.length - promoted.length;
    if (left > 0)
      this.fail(new Error(`search ${this.searchId}: nothing is left to submit, but ${left} trials are not over`));
    else if (promoted.length > 0) {
      this.agenda.promote(promoted);
      this.feeder.add(promoted);
    } else if (this.replicate() === 0) this.finish('finished');
    else this.feeder.add(this.agenda.open());
  }

  /** A result that the store did not take. Where its attempt is not open any more, nothing hangs on it. */
  private notCounted(result: TrialResult, verdict: string): void {
    const { trialId, attempt, token } = result;
    this.emit({ event: 'note', trialId, message: `a ${verdict} result of attempt ${attempt} was not counted` });
    if (this.stopping || this.feeder.get(trialId)?.job.token !== token) return;
    this.endings.settleByStore(result, verdict);
  }

  /** Gives the front further seeds when all trials are over. Returns how many of them are to be trained. */
  private replicate(): number {
    return this.agenda.replicate(this.endings.count);
  }

  private announce(unfinished: number): void {
    const { searchId, isNew } = this;
    const { hash } = this.plan;
    const simulated = this.options.simulation != null;
    const { total } = this.progress();
    this.emit({ event: 'planned', searchId, hash, simulated, isNew, total, unfinished });
  }

  private note(trialId: string | null, message: string): void {
    this.recorder.note('note', trialId, message);
    this.emit({ event: 'note', trialId, message });
  }

  private emit(event: SearchEvent): void {
    this.options.onEvent?.(event);
  }

  private end(state: SearchEnd['state']): SearchEnd {
    return { state, searchId: this.searchId, trials: this.agenda.summary().trials, endedNow: this.endings.count };
  }
}
