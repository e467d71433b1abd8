import { tooManyFailed } from '../../../search/plan/breakers.js';
import type { TrialState } from '../../../search/plan/outcomes.js';

/** Counts how trials end from when a search begins or is resumed, and says when most of them fail. */
export class FailureWatch {
  private completed = 0;
  private failed = 0;

  /** Takes note of a trial that is over; `last` says how. Returns why the search should pause, or null. */
  ended(state: TrialState, last: string): string | null {
    if (state !== 'completed' && state !== 'failed') return null;
    this[state]++;
    const { completed, failed } = this;
    if (!tooManyFailed({ completed, failed })) return null;
    return `${failed} of ${completed + failed} trials failed, the last one ${last}`;
  }

  /** Begins to count anew. */
  reset(): void {
    this.completed = 0;
    this.failed = 0;
  }
}
