import {
  type Executor,
  type ExecutorHandlers,
  resultOf,
  type TrialJob,
  type TrialResult,
  type TrialRunner,
} from '../contract.js';

export interface LocalPoolOptions {
  /** How many trials run side by side, at least 1. */
  readonly slots: number;
  readonly run: TrialRunner;
}

/**
 * The most results that may wait for the coordinator's disk while further trials start. It bounds memory when trials end faster than they
 * are stored, and gives the event loop time to commit them.
 */
const mostUnreported = 512;

interface Running {
  readonly job: TrialJob;
  readonly controller: AbortController;
  readonly done: Promise<void>;
}

/** Runs trials on this machine, a fixed number side by side, in the order in which they were submitted. Needs no server. */
export class LocalPool implements Executor {
  readonly name = 'local';
  private readonly slots: number;
  private readonly run: TrialRunner;
  private handlers: ExecutorHandlers | null = null;
  private readonly waiting = new Map<string, TrialJob>();
  private readonly running = new Map<string, Running>();
  private readonly reporting = new Map<string, { readonly job: TrialJob; readonly done: Promise<void> }>();
  private paused = false;
  private state: 'open' | 'draining' | 'ended' = 'open';

  constructor({ slots, run }: LocalPoolOptions) {
    if (!Number.isInteger(slots) || slots < 1) throw new RangeError(`slots: expected an integer ≥ 1, got ${slots}`);
    this.slots = slots;
    this.run = run;
  }

  async start(handlers: ExecutorHandlers): Promise<void> {
    if (this.handlers) throw new Error('the pool has been started before');
    this.handlers = handlers;
  }

  async submit(jobs: readonly TrialJob[]): Promise<void> {
    if (!this.handlers || this.state !== 'open') throw new Error('the pool is not running');
    for (const job of jobs) {
      const key = keyOf(job);
      if (!this.running.has(key) && !this.reporting.has(key)) this.waiting.set(key, job);
    }
    this.fill();
  }

  async held(): Promise<ReadonlySet<string>> {
    const held = [this.waiting.values(), jobsOf(this.running), jobsOf(this.reporting)];
    return new Set(held.flatMap((jobs) => [...jobs].map((job) => job.trialId)));
  }

  async pause(): Promise<void> {
    this.paused = true;
  }

  async resume(): Promise<void> {
    this.paused = false;
    this.fill();
  }

  async cancel(trialIds?: readonly string[]): Promise<void> {
    const wanted = trialIds && new Set(trialIds);
    const isWanted = (job: TrialJob): boolean => wanted?.has(job.trialId) ?? true;
    for (const { job, controller } of this.running.values()) if (isWanted(job)) controller.abort();
    for (const [key, job] of this.waiting) {
      if (!isWanted(job)) continue;
      this.waiting.delete(key);
      this.report(key, job, resultOf(job, { state: 'cancelled' }));
    }
  }

  async close(how: 'drain' | 'now'): Promise<void> {
    this.waiting.clear();
    this.state = how === 'now' ? 'ended' : this.state === 'ended' ? 'ended' : 'draining';
    if (this.state === 'ended') for (const { controller } of this.running.values()) controller.abort();
    while (this.running.size + this.reporting.size > 0) {
      await Promise.all([...this.running.values(), ...this.reporting.values()].map(({ done }) => done));
    }
  }

  /** Starts waiting trials while there is a free slot. */
  private fill(): void {
    if (this.paused || this.state !== 'open') return;
    while (this.running.size < this.slots && this.reporting.size < mostUnreported) {
      const next = this.waiting.entries().next();
      if (next.done) return;
      const [key, job] = next.value;
      this.waiting.delete(key);
      const controller = new AbortController();
      this.running.set(key, { job, controller, done: this.runOne(key, job, controller.signal) });
    }
  }

  private async runOne(key: string, job: TrialJob, signal: AbortSignal): Promise<void> {
    // The entry in `running` is written after this call has returned for the first time.
    await null;
    const result = await this.attempt(job, signal);
    this.running.delete(key);
    // A training that came to its end just then is not thrown away.
    if (this.state !== 'ended' || result.outcome.state === 'completed') this.report(key, job, result);
    this.fill();
  }

  private async attempt(job: TrialJob, signal: AbortSignal): Promise<TrialResult> {
    const onEvent: ExecutorHandlers['onEvent'] = (event) => {
      if (this.state !== 'ended') this.handlers?.onEvent(event);
    };
    try {
      const result = await this.run(job, { onEvent, signal });
      return signal.aborted && result.outcome.state !== 'completed' ? resultOf(job, { state: 'cancelled' }) : result;
    } catch (error) {
      return resultOf(job, { state: 'crashed', message: error instanceof Error ? error.message : String(error) });
    }
  }

  /** Reports a result; the trial counts as held until it is durable. */
  private report(key: string, job: TrialJob, result: TrialResult): void {
    const settle = (): void => {
      this.reporting.delete(key);
      this.fill();
    };
    // A coordinator that cannot store a result stops the search itself.
    const done = (this.handlers as ExecutorHandlers).onResult(result).then(settle, settle);
    this.reporting.set(key, { job, done });
  }
}

function keyOf({ trialId, attempt }: TrialJob): string {
  return `${trialId}/${attempt}`;
}

function* jobsOf(entries: ReadonlyMap<string, { readonly job: TrialJob }>): Iterable<TrialJob> {
  for (const { job } of entries.values()) yield job;
}
