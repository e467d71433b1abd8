import { tooManyFailed } from '../../../search/plan/breakers.js';
import type { TrialState } from '../../../search/plan/outcomes.js';
import type { Executor } from '../../../workers/executors/contract.js';
import type { Ledger } from './ledger.js';
import type { SearchEvent } from './search-events.js';

export interface PausingOptions {
  readonly executor: Executor;
  readonly ledger: Ledger;
  /** Whether the search pauses by itself when most of its trials fail. */
  readonly whenFailing: boolean;
  readonly emit: (event: SearchEvent) => void;
  readonly onFailure: (error: unknown) => void;
}

/** Whether new trials start: a person pauses the search, or it pauses itself while most of its trials fail. */
export class Pausing {
  /** Trials that have ended since the search began or was resumed. */
  private counts = { completed: 0, failed: 0 };
  private isPaused = false;

  constructor(private readonly options: PausingOptions) {}

  /** Nothing new starts until `resume`. */
  async pause(reason: string): Promise<void> {
    const { executor, ledger, emit } = this.options;
    this.isPaused = true;
    await executor.pause();
    ledger.log('paused', reason);
    emit({ event: 'paused', reason });
  }

  async resume(): Promise<void> {
    const { executor, ledger, emit } = this.options;
    await executor.resume();
    this.isPaused = false;
    this.counts = { completed: 0, failed: 0 };
    ledger.log('resumed', '');
    emit({ event: 'resumed' });
  }

  /** To be told of every attempt that is over: what became of its trial, and why. */
  ended(state: TrialState, message: string): void {
    if (state !== 'completed' && state !== 'failed') return;
    this.counts[state]++;
    const { completed, failed } = this.counts;
    if (!this.options.whenFailing || this.isPaused || !tooManyFailed(this.counts)) return;
    const reason = `${failed} of ${completed + failed} trials failed, the last one ${message}`;
    this.pause(reason).catch(this.options.onFailure);
  }
}
