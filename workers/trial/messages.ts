import type { TrialEvent, TrialJob, TrialResult } from '../executors/contract.js';

/** The first and only message from the parent to the process of a trial. */
export interface JobMessage {
  readonly type: 'job';
  readonly job: TrialJob;
  /** Where decoded images are kept. */
  readonly cacheFolder: string;
  /** Threads that share each batch. */
  readonly shards: number;
}

/** From the process of a trial to its parent: events, then at most one result. */
export type TrialMessage =
  | { readonly type: 'event'; readonly event: TrialEvent }
  | { readonly type: 'result'; readonly result: TrialResult };

/** Exit code of a trial's process that SIGTERM ended, as shells have it: 128 + 15. */
export const terminatedCode = 143;
