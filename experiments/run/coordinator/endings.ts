import type { UnfinishedTrial } from '../../../db/records.js';
import type { Store } from '../../../db/store.js';
import type { RecordedResult } from '../../../db/tables/results.js';
import { describeOutcome, type TrialState } from '../../../search/plan/outcomes.js';
import type { TrialResult } from '../../../workers/executors/contract.js';
import type { Checkpoints } from './checkpoints.js';
import type { Feeder } from './feeder.js';
import type { ProgressTracker } from './progress.js';
import type { SearchEvent } from './search-events.js';

type TrialEnded = Extract<SearchEvent, { event: 'trial-ended' }>;

export interface EndingsOptions {
  readonly store: Store;
  readonly searchId: number;
  readonly feeder: Feeder;
  readonly tracker: ProgressTracker;
  readonly checkpoints: Checkpoints;
  readonly emit: (event: SearchEvent) => void;
  /** Called with what has become of each trial whose attempt is over, and why. */
  readonly onEnded: (state: TrialState, message: string) => void;
  /** Called when work on files has failed. */
  readonly onFailure: (error: unknown) => void;
}

/** What becomes of trials when an attempt at them is over: the one place where a trial of the run ends. */
export class Endings {
  private readonly cleanUps = new Set<Promise<void>>();
  /** Trials that are to end whatever becomes of their attempt. */
  private readonly unwanted = new Set<string>();
  private ended = 0;

  constructor(private readonly options: EndingsOptions) {}

  /** Trials that have ended in this run. */
  get count(): number {
    return this.ended;
  }

  /** From now on these trials end as `cancelled` where they would go on. */
  unwant(trialIds: readonly string[]): void {
    for (const trialId of trialIds) this.unwanted.add(trialId);
  }

  /** Takes that back. */
  want(trialId: string): void {
    this.unwanted.delete(trialId);
  }

  /** A result that counts. */
  settle(
    { trialId, attempt }: TrialResult,
    { outcome, state: recorded }: Extract<RecordedResult, { verdict: 'counted' }>,
  ): void {
    const state = this.isWanted(trialId, recorded) ? recorded : 'cancelled';
    const validationAccuracy = outcome.state === 'completed' ? outcome.validationAccuracy : null;
    const message = describeOutcome(outcome);
    this.end({ trialId, attempt, outcome: outcome.state, state, message, validationAccuracy });
  }

  /**
   * The result of an attempt that is open here counts, unless something else has written to the store. What has become of the trial is then
   * the store's to say: an attempt whose result nobody takes would be open for ever.
   */
  settleByStore({ trialId, attempt }: TrialResult, verdict: string): void {
    const { store, searchId } = this.options;
    const trial = store.read.trials(searchId).find(({ id }) => id === trialId);
    const state = trial?.state ?? 'missing';
    const ended = { trialId, attempt, validationAccuracy: null };
    if (trial?.state === 'completed')
      this.end({
        ...ended,
        outcome: 'completed',
        state: 'completed',
        message: 'completed',
        validationAccuracy: trial.result.validationAccuracy,
      });
    else if (trial?.state === 'failed')
      this.end({ ...ended, outcome: trial.outcome, state: 'failed', message: trial.message });
    else if (state === 'cancelled' || state === 'skipped')
      this.end({ ...ended, outcome: 'cancelled', state, message: state });
    else
      throw new Error(
        `trial ${trialId}: expected the result of its open attempt ${attempt} to count, got a ${verdict} one while the trial is ${state}; something else has written to the store`,
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

  /** Resolves when the files of what has ended are as they should be. */
  async cleanedUp(): Promise<void> {
    await Promise.all(this.cleanUps);
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
