import type { TrialState } from '../../../search/plan/outcomes.js';
import type { Executor } from '../../../workers/executors/contract.js';
import { FailureWatch } from './failure-watch.js';
import type { Recorder } from './recorder.js';
import type { SearchEvent } from './search-events.js';

export interface PausingOptions {
  readonly executor: Executor;
  readonly recorder: Recorder;
  /** Whether the search pauses by itself when most of its trials fail. */
  readonly whenFailing: boolean;
  readonly emit: (event: SearchEvent) => void;
  readonly onFailure: (error: unknown) => void;
}

/** Whether new trials start: as asked, or as it seems wise while most of them fail. */
export class Pausing {
  private readonly failures = new FailureWatch();
  private isPaused = false;

  constructor(private readonly options: PausingOptions) {}

  /** Nothing new starts until `resume`. */
  async pause(reason: string): Promise<void> {
    const { executor, recorder, emit } = this.options;
    this.isPaused = true;
    await executor.pause();
    recorder.note('paused', null, reason);
    emit({ event: 'paused', reason });
  }

  async resume(): Promise<void> {
    const { executor, recorder, emit } = this.options;
    await executor.resume();
    this.isPaused = false;
    this.failures.reset();
    recorder.note('resumed', null, '');
    emit({ event: 'resumed' });
  }

  /** To be told of every attempt that is over: what became of its trial, and why. */
  ended(state: TrialState, message: string): void {
    const reason = this.failures.ended(state, message);
    if (reason !== null && this.options.whenFailing && !this.isPaused) this.pause(reason).catch(this.options.onFailure);
  }
}
