import type { OutcomeState } from './outcomes.js';

/** Failures in a row after which a worker is given nothing more. */
const longestStreak = 3;
/** A search pauses when more than this share of at least so many trials has failed. */
const worstShare = 0.5;
const fewestTrials = 5;

/** Outcomes that may be the worker's fault. A network that diverges would do so anywhere; a worker that is lost is given nothing anyway. */
const workersFault: ReadonlySet<OutcomeState> = new Set(['crashed', 'oom']);

/** Counts the failures of each worker since its last success. */
export class FailureStreaks {
  private readonly streaks = new Map<string, number>();

  /** Takes note of how an attempt on this worker ended; returns the length of its streak when that has just become too long, else null. */
  count(worker: string, outcome: OutcomeState): number | null {
    if (worker === '' || outcome === 'cancelled') return null;
    if (!workersFault.has(outcome)) {
      this.streaks.delete(worker);
      return null;
    }
    const streak = (this.streaks.get(worker) ?? 0) + 1;
    this.streaks.set(worker, streak);
    return streak === longestStreak ? streak : null;
  }
}

/** Whether a search should pause: more than half of its trials have failed, of at least five that came to an end. */
export function tooManyFailed({ completed, failed }: { readonly completed: number; readonly failed: number }): boolean {
  const ended = completed + failed;
  return ended >= fewestTrials && failed / ended > worstShare;
}
