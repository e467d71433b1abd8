import { setFlagsFromString } from 'node:v8';

/** Searches of fewer trials leave too little behind for it to matter. */
const manyTrials = 10_000;

/**
 * Has V8 collect old garbage when it has grown to half of what is in use. By itself it lets a heap of a hundred megabytes grow to four times
 * that first, and the jobs and results of a large search each live just long enough to be taken for old.
 */
export function keepHeapLean(trials: number): void {
  if (trials >= manyTrials) setFlagsFromString('--heap-growing-percent=50');
}
