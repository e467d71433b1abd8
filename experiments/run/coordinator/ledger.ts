import type { UnfinishedTrial } from '../../../db/records.js';
import type { Store } from '../../../db/store.js';
import type { RecordedResult } from '../../../db/tables/results.js';
import { InputError } from '../../../search/base/errors.js';
import { checkedOutcome, describeOutcome, type Retries, type TrialState } from '../../../search/plan/outcomes.js';
import type { TrialEvent, TrialResult } from '../../../workers/executors/contract.js';
import type { Checkpoints } from './checkpoints.js';
import { CommitQueue } from './commit-queue.js';
import type { Feeder } from './feeder.js';
import type { ProgressTracker } from './progress.js';
import { type SearchEvent, searchEventOf } from './search-events.js';

type TrialEnded = Extract<SearchEvent, { event: 'trial-ended' }>;

export interface LedgerOptions {
  readonly store: Store;
  readonly searchId: number;
  readonly retries: Retries;
  /** Of every trial. */
  readonly epochs: number;
  readonly feeder: Feeder;
  readonly tracker: ProgressTracker;
  readonly checkpoints: Checkpoints;
  readonly emit: (event: SearchEvent) => void;
  /** Called with what has become of each trial whose attempt is over, and why. */
  readonly onEnded: (state: TrialState, message: string) => void;
  /** Called when a commit or work on files has failed. */
  readonly onFailure: (error: unknown) => void;
}

/** Writes down what the trials of a search say, many of them in one commit, and settles what becomes of each: the one place where a trial ends. */
export class Ledger {
  private readonly commits: CommitQueue;
  /** What trials of an earlier run have said before this one knows which of them it goes on with; null afterwards. */
  private early: TrialEvent[] | null = [];
  private readonly cleanUps = new Set<Promise<void>>();
  /** Trials that are to end whatever becomes of their attempt. */
  private readonly unwanted = new Set<string>();
  private ended = 0;

  constructor(private readonly options: LedgerOptions) {
    this.commits = new CommitQueue(options.store, options.onFailure);
  }

  /** Trials that have ended in this run. */
  get count(): number {
    return this.ended;
  }

  /** To be called once the feeder knows the trials that this run goes on with: what they have said by then is heard now. */
  begin(): void {
    const { early } = this;
    this.early = null;
    for (const event of early ?? []) this.hear(event);
  }

  /** Takes down what a trial says while it trains, where that comes from an attempt that is open. */
  hear(event: TrialEvent): void {
    if (this.early) return void this.early.push(event);
    const { store, searchId, feeder, tracker, epochs, emit } = this.options;
    const open = feeder.get(event.trialId);
    if (open?.job.token !== event.token) return;
    tracker.heard(event);
    if (event.type === 'started')
      this.commits.write(() => {
        const isOpen = store.startAttempt(event, Date.now());
        if (isOpen && store.read.datasetDigest(searchId) === null)
          store.fixDatasetDigest(searchId, event.datasetDigest);
      });
    else if (event.type === 'epoch') this.commits.write(() => store.recordEpoch(event));
    const told = searchEventOf(event, open.trial.networkId, epochs);
    if (told) emit(told);
    if (event.type === 'started') for (const message of event.notes) this.note(message, event.trialId);
    if (event.type === 'note') this.note(event.message, event.trialId);
  }

  /** Something that a person should know. */
  note(message: string, trialId: string | null = null): void {
    this.log('note', message, trialId);
    this.options.emit({ event: 'note', trialId, message });
  }

  /** An entry in the log of the search. */
  log(kind: string, detail: string, trialId: string | null = null): void {
    const { store, searchId } = this.options;
    this.commits.write(() => store.addEvent({ searchId, kind, trialId, detail }, Date.now()));
  }

  /** Commits what is waiting. */
  flush(): void {
    this.commits.flush();
  }

  /** Resolves once the result is durable, or found to be one that does not count. One that the store refuses counts as `crashed`. */
  async record(result: TrialResult): Promise<RecordedResult> {
    try {
      return await this.commits.add(() => this.recordNow(result));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const message = `its result cannot be stored: ${error.message}`;
      return this.commits.add(() => this.recordNow({ ...result, outcome: { state: 'crashed', message } }));
    }
  }

  /** Settles the trial of a result that counts. */
  settle(
    { trialId, attempt }: TrialResult,
    { outcome, state: recorded }: Extract<RecordedResult, { verdict: 'counted' }>,
  ): void {
    const state = this.isWanted(trialId, recorded) ? recorded : 'cancelled';
    const validationAccuracy = outcome.state === 'completed' ? outcome.validationAccuracy : null;
    this.end({
      trialId,
      attempt,
      outcome: outcome.state,
      state,
      message: describeOutcome(outcome),
      validationAccuracy,
    });
  }

  /**
   * Settles the trial of a result that does not count although its attempt is open here: something else has written to the store, which then
   * says what has become of the trial. An attempt whose result nobody takes would be open for ever.
   */
  settleByStore({ trialId, attempt }: TrialResult, verdict: string): void {
    const { store, searchId } = this.options;
    const trial = store.read.trials(searchId).find(({ id }) => id === trialId);
    const ended = { trialId, attempt, validationAccuracy: null };
    if (trial?.state === 'completed') {
      const { validationAccuracy } = trial.result;
      this.end({ ...ended, outcome: 'completed', state: 'completed', message: 'completed', validationAccuracy });
    } else if (trial?.state === 'failed')
      this.end({ ...ended, outcome: trial.outcome, state: 'failed', message: trial.message });
    else if (trial?.state === 'cancelled')
      this.end({ ...ended, outcome: 'cancelled', state: 'cancelled', message: 'cancelled' });
    else
      throw new Error(
        `trial ${trialId}: expected the result of its open attempt ${attempt} to count, got a ${verdict} one while the trial is ${trial?.state ?? 'missing'}; something else has written to the store`,
      );
  }

  /** A trial that was cancelled before anybody had begun it. */
  withdrawn({ id: trialId, networkId }: UnfinishedTrial): void {
    const { tracker, emit } = this.options;
    tracker.settled(trialId, 'cancelled', null);
    this.ended++;
    const ended = { attempt: 0, outcome: 'cancelled', state: 'cancelled', message: 'cancelled' } as const;
    emit({ event: 'trial-ended', trialId, networkId, ...ended, validationAccuracy: null });
  }

  /** From now on these trials end as `cancelled` where they would go on. */
  unwant(trialIds: readonly string[]): void {
    for (const trialId of trialIds) this.unwanted.add(trialId);
  }

  /** Takes that back. */
  want(trialId: string): void {
    this.unwanted.delete(trialId);
  }

  /** Resolves when the files of what has ended are as they should be. */
  async cleanedUp(): Promise<void> {
    await Promise.all(this.cleanUps);
  }

  private recordNow(result: TrialResult): RecordedResult {
    const { store, searchId, retries } = this.options;
    // Asked of the store each time: what a failed commit had fixed is not fixed.
    const digest = store.read.datasetDigest(searchId);
    const recorded = store.recordResult(onSameData(result, digest), retries, Date.now());
    // Only a result that counts says what the data are: a late one may be of a run on other data.
    if (digest === null && recorded.verdict === 'counted' && recorded.outcome.state === 'completed')
      store.fixDatasetDigest(searchId, recorded.outcome.datasetDigest);
    return recorded;
  }

  /** An attempt is over, and this is what became of its trial. */
  private end(ended: Omit<TrialEnded, 'event' | 'networkId'>): void {
    const { feeder, tracker, checkpoints, emit, onEnded } = this.options;
    const { trialId, outcome, state, message, validationAccuracy } = ended;
    const networkId = tracker.networkOf(trialId);
    if (feeder.get(trialId)) feeder.close(trialId, state === 'queued');
    // The result of an earlier run's attempt came before the trial was begun again.
    else feeder.withdraw((id) => id === trialId);
    tracker.settled(trialId, state, validationAccuracy);
    if (state !== 'queued' && state !== 'paused') this.ended++;
    onEnded(state, message);
    if (validationAccuracy !== null) this.cleanUp(checkpoints.completed(trialId, validationAccuracy));
    else if (outcome === 'diverged') this.cleanUp(checkpoints.remove(trialId));
    emit({ event: 'trial-ended', networkId, ...ended });
  }

  /** False for a trial that would go on had it not been cancelled meanwhile; it is cancelled then. */
  private isWanted(trialId: string, state: TrialState): boolean {
    return (
      (state !== 'queued' && state !== 'paused') ||
      !this.unwanted.has(trialId) ||
      !this.options.store.cancelQueued(trialId, Date.now())
    );
  }

  /** Work on files that goes on beside the search; the run waits for it before it ends. */
  private cleanUp(work: Promise<void>): void {
    const tracked = work.catch(this.options.onFailure).finally(() => this.cleanUps.delete(tracked));
    this.cleanUps.add(tracked);
  }
}

/**
 * Throws `bad-data` when trials of a search are to go on with data that are not those it began with. A search that is over may be looked at
 * without its data.
 */
export function checkSameData(store: Store, searchId: number, digest: string | null): void {
  const expected = store.read.datasetDigest(searchId);
  if (expected === null || digest === null || expected === digest) return;
  if (store.read.unfinished(searchId).length === 0) return;
  throw new InputError(
    'bad-data',
    `data: expected the content with digest ${expected.slice(0, 12)} that this search began with, got ${digest.slice(0, 12)}; restore the data or use another store`,
  );
}

/** A training on other images than the rest of the search cannot be compared with it: the result becomes `infeasible`. */
function onSameData(result: TrialResult, digest: string | null): TrialResult {
  const outcome = checkedOutcome(result.outcome);
  if (outcome.state !== 'completed' || digest === null || digest === outcome.datasetDigest) return result;
  const message = `trained on data with digest ${outcome.datasetDigest}, the search on ${digest}`;
  return { ...result, outcome: { state: 'infeasible', message } };
}

/** An error of SQLite about one write; what it says of the store itself is an `InputError`. */
function isRefusal(error: unknown): error is Error {
  return error instanceof Error && error.name === 'SqliteError';
}
