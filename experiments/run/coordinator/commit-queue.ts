import type { Store } from '../../../db/store.js';
import { InputError } from '../../../search/base/errors.js';

/** A write is on the disk at the latest so long after it was added, plus the time of one commit. */
const longestWaitMs = 20;

/** Commits at once when so many writes are waiting. */
const largestBatch = 2048;

interface Write {
  readonly work: () => unknown;
  readonly resolve?: (value: unknown) => void;
  readonly reject?: (error: unknown) => void;
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

/**
 * Gathers writes and commits them together, in the order in which they were added: a commit costs a flush of the disk, which a thousand
 * results a second can share and not pay each.
 */
export class CommitQueue {
  private batch: Write[] = [];
  private timer: NodeJS.Timeout | null = null;

  /** `onFailure` hears of a commit that failed, and of a failed write that nobody waits for. */
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

  /**
   * Commits what is waiting now. A write that cannot be carried out is rejected alone, or told to `onFailure` when nobody waits for it;
   * when the commit itself fails, none of it is written and all of it is rejected.
   */
  flush(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    const batch = this.batch;
    this.batch = [];
    if (batch.length === 0) return;
    let outcomes: readonly Outcome[];
    try {
      outcomes = this.commit(batch);
    } catch (error) {
      for (const { reject } of batch) reject?.(error);
      this.onFailure(error);
      return;
    }
    batch.forEach(({ resolve, reject }, i) => {
      const outcome = outcomes[i] as Outcome;
      if ('value' in outcome) resolve?.(outcome.value);
      else (reject ?? this.onFailure)(outcome.error);
    });
  }

  /** All at once or, when one of them fails, each in a savepoint of its own. */
  private commit(batch: readonly Write[]): readonly Outcome[] {
    const { store } = this;
    try {
      return store.transaction(() => batch.map(({ work }) => ({ value: work() })));
    } catch {
      return store.transaction(() => batch.map(({ work }) => attempt(() => store.transaction(work))));
    }
  }

  private push(write: Write): void {
    this.batch.push(write);
    if (this.batch.length >= largestBatch) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), longestWaitMs);
  }
}

/** What the store says of itself, such as that its disk is full, is no fault of the write. */
function attempt(work: () => unknown): Outcome {
  try {
    return { value: work() };
  } catch (error) {
    if (error instanceof InputError) throw error;
    return { error };
  }
}
