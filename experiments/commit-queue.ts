import type { Store } from '../db/store.js';

/** A write is on the disk at the latest so long after it was added, plus the time of one commit. */
const longestWaitMs = 5;

/** Commits at once when so many writes are waiting. */
const largestBatch = 2048;

interface Write {
  readonly work: () => unknown;
  readonly resolve?: (value: unknown) => void;
  readonly reject?: (error: unknown) => void;
}

/**
 * Gathers writes and commits them together, in the order in which they were added: a commit costs a flush of the disk, which a thousand
 * results a second can share and not pay each.
 */
export class CommitQueue {
  private batch: Write[] = [];
  private timer: NodeJS.Timeout | null = null;

  /** `onFailure` hears of a commit that failed. */
  constructor(
    private readonly store: Store,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** Runs `work`, which writes to the store, in the next commit. Resolves to what it returned once that is durable. */
  add<T>(work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.push({ work, resolve: resolve as (value: unknown) => void, reject });
    });
  }

  /** The same for work that nobody waits for. */
  write(work: () => void): void {
    this.push({ work });
  }

  /** Commits what is waiting now. When that fails, none of it is written and all of it is rejected. */
  flush(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    const batch = this.batch;
    this.batch = [];
    if (batch.length === 0) return;
    try {
      const values = this.store.transaction(() => batch.map(({ work }) => work()));
      batch.forEach(({ resolve }, i) => {
        resolve?.(values[i]);
      });
    } catch (error) {
      for (const { reject } of batch) reject?.(error);
      this.onFailure(error);
    }
  }

  private push(write: Write): void {
    this.batch.push(write);
    if (this.batch.length >= largestBatch) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), longestWaitMs);
  }
}
