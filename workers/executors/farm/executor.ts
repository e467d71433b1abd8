import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { FailureStreaks } from '../../../search/plan/breakers.js';
import { describeOutcome } from '../../../search/plan/outcomes.js';
import {
  type Executor,
  type ExecutorHandlers,
  protocolVersion,
  resultOf,
  type TrialJob,
  type TrialResult,
} from '../contract.js';
import { describeAddress, type RedisAddress } from './address.js';
import { connect, redisClient } from './connection.js';
import { Inbox, type Letter } from './inbox.js';
import { farmKeys, jobId, type Mark, parseJobId, searchKeys } from './keys.js';
import { type Assignment, parseAssignment, parseAttempt, parseEvents, parseResult } from './messages.js';
import { coordinating, defaultNamespace, jobOptions, queueName } from './settings.js';

const { jobsAtOnce, pollMs, offerAgainMs, endWithinMs, keysLiveMs } = coordinating;

export interface BullMqOptions {
  readonly address: RedisAddress;
  /** Hexadecimal; names the search on the server, the same for every run of it and for no other search. */
  readonly search: string;
  /** What the farm's keys begin with; default `triscale`. */
  readonly namespace?: string;
}

/**
 * Runs trials on the workers of a farm. The queue is only transport: results return through a stream of the search and leave it once they
 * are stored, and the coordinator resubmits trials that the server has lost.
 */
export class BullMqExecutor implements Executor {
  readonly name = 'farm';
  private readonly client: Redis;
  private readonly reader: Redis;
  private readonly inbox: Inbox;
  private readonly keys: ReturnType<typeof searchKeys>;
  private readonly quarantine: string;
  private readonly streaks = new FailureStreaks();
  /** Taken off the queue while the search is paused. */
  private readonly parked = new Map<string, TrialJob>();
  /** Results of trials that never reached a worker, until they are stored. */
  private readonly reporting = new Map<string, Promise<void>>();
  private readonly refusals = new Set<string>();
  private handlers: ExecutorHandlers | null = null;
  private opened: Queue<Assignment> | null = null;
  private offering: NodeJS.Timeout | undefined;
  private paused = false;
  private state: 'open' | 'draining' | 'ended' = 'open';
  private closing: Promise<void> = Promise.resolve();

  constructor(private readonly options: BullMqOptions) {
    const { address, search, namespace = defaultNamespace } = options;
    this.keys = searchKeys(namespace, search);
    this.quarantine = farmKeys(namespace).quarantine;
    this.client = redisClient(address, 'prompt');
    this.reader = redisClient(address, 'patient');
    this.inbox = new Inbox({
      reader: this.reader,
      writer: this.client,
      results: this.keys.results,
      events: this.keys.events,
      onResult: (letter) => this.onResult(letter),
      onEvents: (letter) => this.onEvents(letter),
      onLoss: () => this.handlers?.onReturn?.(),
    });
  }

  /** Throws an `InputError` when the server cannot carry a farm. */
  async start(handlers: ExecutorHandlers): Promise<void> {
    if (this.handlers) throw new Error('the executor has been started before');
    this.handlers = handlers;
    const { address, namespace = defaultNamespace } = this.options;
    await connect(address, [this.client, this.reader]);
    this.opened = new Queue(queueName, { connection: this.client, prefix: namespace });
    this.opened.on('error', () => {});
    // Requests of an earlier coordinator no longer hold.
    await this.client.del(this.keys.marks);
    await this.client.hdel(this.keys.state, 'paused');
    await this.keepKeys();
    await this.inbox.start();
    this.offering = setInterval(() => void this.queue.promoteJobs().catch(() => {}), offerAgainMs);
    this.client.on('ready', () => void this.onReady());
    this.reader.on('ready', () => this.inbox.reconnected());
  }

  async submit(jobs: readonly TrialJob[]): Promise<void> {
    if (this.state !== 'open' || !this.opened) throw new Error('the executor is not running');
    if (this.paused) for (const job of jobs) this.parked.set(this.idOf(job), job);
    else await this.add(jobs);
  }

  async held(): Promise<ReadonlySet<string>> {
    await this.keepKeys();
    // In this order: a trial whose job has left the queue has its result in the stream.
    const held = (await this.ids('all')).map((id) => parseJobId(id)?.trialId as string);
    const results = await this.client.xrange(this.keys.results, '-', '+');
    for (const [, fields] of results) held.push(fields[fields.indexOf('trial') + 1] as string);
    for (const { trialId } of this.parked.values()) held.push(trialId);
    for (const id of this.reporting.keys()) held.push(parseJobId(id)?.trialId as string);
    return new Set(held);
  }

  async pause(): Promise<void> {
    this.paused = true;
    // While the server is away no worker can take a trial; the pause is sent when it returns.
    if (this.isAway) return;
    await this.client.hset(this.keys.state, 'paused', '1');
    for (const job of await this.takeWaiting(() => true)) this.parked.set(this.idOf(job), job);
  }

  async resume(): Promise<void> {
    await this.client.hdel(this.keys.state, 'paused');
    this.paused = false;
    const jobs = [...this.parked.values()];
    await this.add(jobs);
    this.parked.clear();
  }

  async cancel(trialIds?: readonly string[]): Promise<void> {
    const wanted = trialIds && new Set(trialIds);
    const isWanted = (trialId: string): boolean => wanted?.has(trialId) ?? true;
    await this.mark('cancel', isWanted);
    const taken = await this.takeWaiting(isWanted);
    for (const [id, job] of this.parked) {
      if (!isWanted(job.trialId)) continue;
      this.parked.delete(id);
      taken.push(job);
    }
    for (const job of taken) this.report(job, { state: 'cancelled' });
  }

  close(how: 'drain' | 'now'): Promise<void> {
    const isFirst = this.state === 'open';
    if (how === 'now') this.state = 'ended';
    else if (isFirst) this.state = 'draining';
    if (isFirst) this.closing = this.opened ? this.end() : this.disconnect();
    return this.closing;
  }

  /** How many of this search's trials wait for a worker, and how many are with one. */
  async queueLengths(): Promise<{ readonly waiting: number; readonly active: number }> {
    const [waiting, active] = await Promise.all([this.ids('waiting'), this.ids('active')]);
    return { waiting: waiting.length + this.parked.size, active: active.length };
  }

  private get queue(): Queue<Assignment> {
    if (!this.opened) throw new Error('the executor is not running');
    return this.opened;
  }

  /** Whether the server is unreachable; the client's status lags behind its connection by a moment. */
  private get isAway(): boolean {
    return this.client.status !== 'ready' || !this.client.stream?.writable;
  }

  private async end(): Promise<void> {
    this.parked.clear();
    try {
      if (this.state === 'draining') await this.drain();
      if (this.state === 'ended') await this.endRunning();
    } catch (error) {
      // While the server is away nothing can be taken back; the next run does so.
      if (!this.isAway) throw error;
    } finally {
      await this.inbox.close();
      await Promise.all(this.reporting.values());
      await this.disconnect();
    }
  }

  /** Rejects while the server is away, since a command would wait for its return. */
  private async endRunning(): Promise<void> {
    if (this.isAway) throw new Error('the server is away');
    let leave = (): void => {};
    const gone = new Promise<never>((_resolve, reject) => {
      leave = () => reject(new Error('the server went away'));
      this.client.once('close', leave);
    });
    try {
      await Promise.race([this.takeBack(), gone]);
    } finally {
      this.client.off('close', leave);
    }
  }

  /** Ends what runs, and takes the rest off the queue. */
  private async takeBack(): Promise<void> {
    // The inbox stays open, so that trials that complete meanwhile are kept.
    await this.mark('drop', () => true);
    await this.takeWaiting(() => true);
    const deadline = performance.now() + endWithinMs;
    while ((await this.ids('active')).length > 0 && performance.now() < deadline) await sleep(pollMs);
  }

  /** Waits until no worker has a trial of this search and every result is stored. An outage makes it wait longer. */
  private async drain(): Promise<void> {
    while (this.state === 'draining') {
      try {
        await this.takeWaiting(() => true);
        const left = await this.ids('all');
        if (left.length === 0 && (await this.client.xlen(this.keys.results)) === 0) return;
      } catch {
        // The server is away; running trials continue meanwhile.
      }
      await sleep(pollMs);
    }
  }

  private async disconnect(): Promise<void> {
    this.state = 'ended';
    clearInterval(this.offering);
    await this.opened?.close();
    this.client.disconnect();
    this.reader.disconnect();
  }

  private async onReady(): Promise<void> {
    try {
      if (this.paused) await this.client.hset(this.keys.state, 'paused', '1');
      this.inbox.reconnected();
      this.handlers?.onReturn?.();
    } catch {
      // Away again; the next return tries again.
    }
  }

  private async add(jobs: readonly TrialJob[]): Promise<void> {
    const { search } = this.options;
    for (let from = 0; from < jobs.length; from += jobsAtOnce) {
      const part = jobs.slice(from, from + jobsAtOnce);
      await this.client.hdel(this.keys.marks, ...part.map((job) => this.idOf(job)));
      await this.queue.addBulk(
        part.map((job) => ({
          name: 'trial',
          data: { search, job },
          opts: { jobId: this.idOf(job), ...jobOptions },
        })),
      );
    }
  }

  /** Ids of this search's jobs. */
  private async ids(which: 'all' | 'waiting' | 'active'): Promise<string[]> {
    const waiting = ['wait', 'delayed', 'prioritized'] as const;
    // Active last: a job that a worker takes in between is seen twice rather than never.
    const ids = await this.queue.getRanges(
      which === 'all' ? [...waiting, 'active'] : which === 'waiting' ? [...waiting] : ['active'],
      0,
      -1,
    );
    return [...new Set(ids)].filter((id) => parseJobId(id)?.search === this.options.search);
  }

  /** Takes jobs off the queue that no worker has yet. */
  private async takeWaiting(isWanted: (trialId: string) => boolean): Promise<TrialJob[]> {
    const ids = (await this.ids('waiting')).filter((id) => isWanted(parseJobId(id)?.trialId as string));
    const taken: TrialJob[] = [];
    for (let from = 0; from < ids.length; from += jobsAtOnce) {
      const part = ids.slice(from, from + jobsAtOnce);
      const jobs = await Promise.all(
        part.map(async (id) => {
          const job = await this.queue.getJob(id);
          // Not removed: a worker has just taken it.
          return job && (await this.queue.remove(id)) === 1 ? parseAssignment(job.data).job : null;
        }),
      );
      for (const job of jobs) if (job) taken.push(job);
    }
    if (taken.length > 0) await this.client.hdel(this.keys.marks, ...taken.map((job) => this.idOf(job)));
    return taken;
  }

  /** Marks these trials for the workers that have them. */
  private async mark(mark: Mark, isWanted: (trialId: string) => boolean): Promise<void> {
    const ids = (await this.ids('all')).filter((id) => isWanted(parseJobId(id)?.trialId as string));
    if (ids.length > 0) await this.client.hset(this.keys.marks, Object.fromEntries(ids.map((id) => [id, mark])));
  }

  private async onResult({ worker, body }: Letter): Promise<void> {
    const result = this.read(worker, body);
    if (!result) return;
    await this.handlers?.onResult({ ...result, worker });
    const { outcome } = result;
    const failures = this.streaks.count(worker, outcome.state);
    if (failures === null) return;
    const last = describeOutcome(outcome);
    const reason = `${failures} trials in a row failed on it, the last one ${last}`;
    await this.client.hset(this.quarantine, worker, reason).catch(() => {});
    this.note(`worker ${worker} is in quarantine until it is restarted: ${reason}`);
  }

  /** An unreadable result counts as a crash of the attempt that it names; null when it names none. */
  private read(worker: string, body: string): TrialResult | null {
    try {
      return parseResult(body);
    } catch (error) {
      const message = `the result of worker ${worker} could not be read: ${messageOf(error)}`;
      this.note(message);
      const attempt = parseAttempt(body);
      return attempt && { protocol: protocolVersion, ...attempt, outcome: { state: 'crashed', message } };
    }
  }

  private onEvents({ worker, body }: Letter): void {
    let events: ReturnType<typeof parseEvents>;
    try {
      events = parseEvents(body);
    } catch (error) {
      this.note(`the events of worker ${worker} could not be read: ${messageOf(error)}`);
      return;
    }
    for (const event of events) {
      if (event.type !== 'refused') this.handlers?.onEvent(event);
      else this.noteOnce(`worker ${worker} refuses trials: ${event.reason}`);
    }
  }

  /** Reports a result of this executor; the trial counts as held until it is stored. */
  private report(job: TrialJob, outcome: TrialResult['outcome']): void {
    const id = this.idOf(job);
    const settle = (): void => void this.reporting.delete(id);
    const done = (this.handlers as ExecutorHandlers).onResult(resultOf(job, outcome)).then(settle, settle);
    this.reporting.set(id, done);
  }

  /** A reason that holds for many trials is reported once. */
  private noteOnce(message: string): void {
    if (this.refusals.has(message)) return;
    this.refusals.add(message);
    this.note(message);
  }

  private note(message: string): void {
    this.handlers?.onNote?.(message);
  }

  private idOf({ trialId, attempt }: TrialJob): string {
    return jobId({ search: this.options.search, trialId, attempt });
  }

  private async keepKeys(): Promise<void> {
    await Promise.all(Object.values(this.keys).map((key) => this.client.pexpire(key, keysLiveMs)));
  }

  /** The address of the farm, without its password. */
  toString(): string {
    return describeAddress(this.options.address);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
