/** Redis keys and job ids of a farm. All of them begin with its namespace. */

/** Keys of the farm as a whole. */
export const farmKeys = (namespace: string) => ({
  /** Sorted set: ids of workers by when they were last seen, on the server's clock. */
  workers: `${namespace}:workers`,
  /** String: what a worker says of itself. */
  worker: (id: string) => `${namespace}:worker:${id}`,
  /** Hash: worker to the reason why it is given nothing any more. */
  quarantine: `${namespace}:quarantine`,
});

/** Keys of one search. They are gone 30 days after its coordinator was last there. */
export const searchKeys = (namespace: string, search: string) => ({
  /** Stream of results: each stays until it is in the store. */
  results: `${namespace}:results:${search}`,
  /** Stream of what running trials say: the latest ones. */
  events: `${namespace}:events:${search}`,
  /** Hash: `paused`, and `digest` of the data once a worker has opened it. */
  state: `${namespace}:search:${search}`,
  /** Hash of job id to a `Mark`. */
  marks: `${namespace}:marks:${search}`,
});

/** What the coordinator wants of a trial that a worker has: to end and say so, or to end without a word. */
export type Mark = 'cancel' | 'drop';

/** Names a job among all of the queue: the same try of the same trial of the same search has one id, and is queued once. */
export interface JobName {
  readonly search: string;
  readonly trialId: string;
  readonly attempt: number;
}

export function jobId({ search, trialId, attempt }: JobName): string {
  return `t-${trialId}-${attempt}-${search}`;
}

/** Null for a job that is not ours. */
export function parseJobId(id: string): JobName | null {
  const match = /^t-(.+)-(\d+)-([0-9a-f]+)$/.exec(id);
  return match ? { trialId: match[1] as string, attempt: Number(match[2]), search: match[3] as string } : null;
}
