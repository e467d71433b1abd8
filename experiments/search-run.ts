import { Store } from '../db/store.js';
import { LocalPool } from '../workers/executor/pool.js';
import { jobRunner } from '../workers/executor/run-job.js';
import { Coordinator, type CoordinatorOptions } from './coordinator.js';
import type { Progress } from './progress.js';
import type { SearchEnd } from './search-events.js';

export interface SearchRunOptions extends Omit<CoordinatorOptions, 'store' | 'executor'> {
  /** The SQLite file; created when it does not exist. */
  readonly storeFile: string;
  /** Trials side by side. */
  readonly workers: number;
  /** Where decoded images are kept. */
  readonly cacheFolder: string;
  /** Aborted: running trials are ended, with their checkpoints kept, and the run comes back as `stopped`. */
  readonly signal?: AbortSignal;
  /** How the search stands: four times a second, and once at the end. */
  readonly onProgress?: (progress: Progress) => void;
}

const progressMs = 250;

/**
 * Runs a search on this machine: opens the store, trains with a pool of child processes, and leaves the store closed whatever happens.
 * Running it again goes on where it ended; a finished search trains nothing. Throws `bad-store` or `store-busy` before anything is written.
 */
export async function runSearch({
  storeFile,
  workers,
  cacheFolder,
  signal,
  onProgress,
  ...options
}: SearchRunOptions): Promise<SearchEnd> {
  const store = Store.open(storeFile);
  try {
    const executor = new LocalPool({ slots: workers, run: jobRunner({ cacheFolder }) });
    const coordinator = new Coordinator({ ...options, store, executor });
    const stop = (): void => void coordinator.stop('now');
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true });
    const showing = setInterval(() => onProgress?.(coordinator.progress()), progressMs);
    try {
      return await coordinator.run();
    } finally {
      clearInterval(showing);
      signal?.removeEventListener('abort', stop);
      onProgress?.(coordinator.progress());
    }
  } finally {
    store.close();
  }
}
