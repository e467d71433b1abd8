import type { RedisOptions } from 'ioredis';

/**
 * Every setting of the farm in one place: of BullMQ's queue and workers, of ioredis's connections, and of the streams that carry results
 * back. Times are in milliseconds and named `…Ms`. They were measured to lose no trial when a server, a worker or a coordinator is killed.
 */

/** The BullMQ queue in which the trials of every search wait. */
export const queueName = 'trials';

/** What every Redis key of a farm begins with, so that the server can serve other programs too. */
export const defaultNamespace = 'triscale';

/** The times of a worker. Tests use shorter ones. */
export interface FarmClocks {
  /** BullMQ's `lockDuration`: how long a silent worker keeps its trial. A live worker renews the lock all the while. */
  readonly lockMs: number;
  /** BullMQ's `stalledInterval`: between two searches for trials whose lock has expired. */
  readonly stalledCheckMs: number;
  /** Between two heartbeats of a worker. */
  readonly heartbeatMs: number;
  /** The longest time until a worker learns that a trial is cancelled, a search paused, or itself in quarantine. */
  readonly controlMs: number;
  /** How long a trial that a worker has refused waits before it is offered again. */
  readonly refusalMs: number;
}

export const farmClocks: FarmClocks = {
  lockMs: 120_000,
  stalledCheckMs: 15_000,
  heartbeatMs: 10_000,
  controlMs: 1000,
  refusalMs: 5000,
};

/** BullMQ's options of a worker that trains so many trials side by side. */
export function workerOptions({ lockMs, stalledCheckMs }: FarmClocks, concurrency: number) {
  return {
    concurrency,
    lockDuration: lockMs,
    stalledInterval: stalledCheckMs,
    // A trial that stalls is offered again; the worker that takes it reports `lost`, so that the store counts the attempt and BullMQ does not.
    maxStalledCount: 3,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  };
}

/** BullMQ's options of a job. The job leaves the server when it ends: its result is in the stream, and its id must be free again. */
export const jobOptions = { removeOnComplete: true, removeOnFail: true } as const;

/**
 * `patient`: a command waits until the server is back, so that a trial that ends during an outage keeps its result. `prompt`: it fails
 * at once, so that whoever submits learns of the outage.
 */
export type Patience = 'patient' | 'prompt';

/** ioredis's options of every connection. */
export function connectionOptions(patience: Patience) {
  return {
    lazyConnect: true,
    keepAlive: 10_000,
    // A server that owes an answer and stays silent for so long counts as gone: a cut cable sends no word.
    socketTimeout: 20_000,
    connectTimeout: firstAnswerMs,
    retryStrategy: (times: number) => Math.min(longestRetryMs, 50 * 2 ** times),
    enableOfflineQueue: patience === 'patient',
    maxRetriesPerRequest: patience === 'patient' ? null : 1,
  } satisfies RedisOptions;
}

/** The longest wait for a server's first answer. */
export const firstAnswerMs = 10_000;

/** The longest wait between two attempts to reconnect. */
const longestRetryMs = 2000;

/** The coordinator's settings. */
export const coordinating = {
  /** Jobs added or removed in one command. */
  jobsAtOnce: 256,
  /** Between two looks at what workers still hold while the executor closes. */
  pollMs: 100,
  /** Between two offers of the trials that workers have refused: BullMQ delays them by the clocks of those workers, which may be hours off. */
  offerAgainMs: 5000,
  /** How long `close('now')` waits for workers to end their trials. */
  endWithinMs: 8000,
  /** How long the keys of a search outlive its coordinator. */
  keysLiveMs: 30 * 24 * 3_600_000,
} as const;

/** How the coordinator reads the streams of results and events. */
export const receiving = {
  /** Entries in one read. */
  batch: 512,
  /** How long a read waits for the first entry. */
  blockMs: 1000,
  /** Results that may wait for the coordinator's disk before reading stops. */
  mostUnstored: 2048,
  /** Stored results are gathered for so long before they are removed from the server together. */
  acknowledgeMs: 5,
  /** Until a removal that failed is tried again. */
  acknowledgeAgainMs: 1000,
  /** Between two reads of a trickle: each read costs as much as a dozen entries. */
  gatherMs: 5,
  /** Until a read that failed is tried again. */
  readAgainMs: 100,
} as const;

/** How a worker sends results and events. */
export const sending = {
  /** Events that the server keeps for a search that nobody reads, about. */
  mostEvents: 10_000,
  /** Events are gathered for so long before they are sent together; a result goes at once. */
  gatherMs: 50,
  /** Until a result that the server refused is sent again. */
  sendAgainMs: 500,
  /** How long a worker that leaves waits for a server that is away. */
  farewellMs: 8000,
  /** Refusals in a worker's statement, the latest ones. */
  mostRefusals: 5,
} as const;

/** A worker that has been silent for so long is no longer listed. */
export const forgottenMs = 24 * 3_600_000;
