import { randomBytes } from 'node:crypto';
import os from 'node:os';
import { DelayedError, type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import {
  protocolVersion,
  resultOf,
  type TrialEvent,
  type TrialJob,
  type TrialResult,
  type TrialRunner,
} from '../contract.js';
import type { RedisAddress } from './address.js';
import { connect, redisClient } from './connection.js';
import { Controls, markOf } from './controls.js';
import { searchKeys } from './keys.js';
import { type Assignment, namesOf, OtherVersionError, parseAssignment } from './messages.js';
import { Outbox } from './outbox.js';
import { announce, type RunningOnWorker, type WorkerStatement, withdraw } from './registry.js';
import { defaultNamespace, type FarmClocks, farmClocks, queueName, sending, workerOptions } from './settings.js';

/** Whether this worker can take a trial: the job as it is to be run here, or why not. */
export type Admission = { readonly job: TrialJob } | { readonly refused: string };

/** `agree` tells the search what the digest of its data is here, and returns the digest that holds for all of it. */
export type Admit = (job: TrialJob, agree: (digest: string) => Promise<string>) => Promise<Admission>;

/** Where one trial at a time is run, such as a GPU. */
export type Slot = TrialRunner;

export interface FarmWorkerOptions {
  readonly address: RedisAddress;
  readonly namespace?: string;
  readonly slots: readonly Slot[];
  /** Default: takes every trial unchanged. */
  readonly admit?: Admit;
  readonly engine?: { readonly name: string; readonly version: string; readonly device: string };
  /** Memory of one slot, as other hosts see it. */
  readonly memoryBytes?: number | null;
  readonly clocks?: Partial<FarmClocks>;
  /** Called with remarks for the person at this worker. */
  readonly onNote?: (message: string) => void;
  /** Called when an attempt has ended here. */
  readonly onResult?: (result: TrialResult) => void;
  /** Called when the coordinator has put this worker in quarantine. */
  readonly onQuarantine?: (reason: string) => void;
}

/** Why a running trial is ended. `leaving`: the worker leaves the farm; `replaced`: the trial belongs to another worker now. */
type Ending = 'leaving' | 'replaced' | 'cancel' | 'drop';

interface Running {
  readonly assignment: Assignment;
  readonly controller: AbortController;
  readonly shown: { -readonly [Key in keyof RunningOnWorker]: RunningOnWorker[Key] };
  readonly done: Promise<unknown>;
}

const { farewellMs, mostRefusals } = sending;

/** Runs trials of a farm, one in each of its slots. It may be killed at any moment. */
export class FarmWorker {
  readonly id = `${os.hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  private readonly clocks: FarmClocks;
  private readonly namespace: string;
  private readonly client: Redis;
  private readonly controls: Controls;
  private readonly outbox: Outbox;
  private readonly free: Slot[];
  private readonly running = new Map<string, Running>();
  private readonly refusals: string[] = [];
  private engine: { readonly name: string; readonly version: string; readonly device: string };
  private worker: Worker | null = null;
  private ticking: NodeJS.Timeout | null = null;
  private saidAtMs = Number.NEGATIVE_INFINITY;
  private said = '';
  private quarantined = false;
  private leaving = false;

  constructor(private readonly options: FarmWorkerOptions) {
    if (options.slots.length < 1) throw new RangeError('slots: expected at least one, got none');
    this.clocks = { ...farmClocks, ...options.clocks };
    this.namespace = options.namespace ?? defaultNamespace;
    this.client = redisClient(options.address, 'patient');
    this.controls = new Controls(this.client, this.namespace, this.clocks.controlMs);
    this.outbox = new Outbox(this.client, this.namespace, this.id);
    this.free = [...options.slots];
    this.engine = options.engine ?? { name: 'auto', version: '', device: '' };
  }

  /** Connects and begins to take trials. Throws an `InputError` when the server cannot carry a farm. */
  async start(): Promise<void> {
    await connect(this.options.address, [this.client]);
    await this.tick();
    // A processor must declare three parameters to be given its signal; ours keeps its own, so that it knows why a trial is ended.
    this.worker = new Worker(queueName, (job, token) => this.process(job, token ?? ''), {
      connection: this.client,
      prefix: this.namespace,
      name: this.id,
      ...workerOptions(this.clocks, this.options.slots.length),
    });
    this.worker.on('lockRenewalFailed', (ids) => {
      for (const id of ids) this.end(id, 'replaced');
    });
    this.worker.on('error', () => {});
    await this.worker.waitUntilReady();
    this.ticking = setInterval(() => void this.tick().catch(() => {}), this.clocks.controlMs);
  }

  /** Ends running trials, keeps their checkpoints and gives them back: another worker continues them at once, and no attempt is spent. */
  async close(): Promise<void> {
    if (this.leaving) return;
    this.leaving = true;
    const { worker } = this;
    const left = worker
      ? (async () => {
          await worker.pause(true);
          for (const id of this.running.keys()) this.end(id, 'leaving');
          await worker.close();
          this.outbox.flush();
          await this.outbox.settled();
          await withdraw(this.client, this.namespace, this.id);
        })().catch(() => {})
      : Promise.resolve();
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise((resolve) => {
      timer = setTimeout(resolve, farewellMs);
    });
    await Promise.race([left, tooLong]);
    clearTimeout(timer);
    if (this.ticking) clearInterval(this.ticking);
    this.client.disconnect();
    await Promise.race([worker?.close(true), tooLong]);
  }

  private async process(bull: Job, token: string): Promise<void> {
    const id = bull.id as string;
    const assignment = await this.read(bull, token);
    if (!assignment) return;
    const { search, job } = assignment;
    const control = await this.controls.of(search);
    const mark = markOf(control, id);
    if (mark === 'drop') return;
    if (mark === 'cancel') return this.send(search, resultOf(job, { state: 'cancelled' }));
    if (bull.stalledCounter > 0)
      return this.send(search, resultOf(job, { state: 'lost', message: 'its worker stopped responding' }));
    if (this.leaving || this.quarantined) return this.giveBack(bull, token);
    if (control.paused) return this.putOff(bull, token);
    const earlier = this.running.get(id);
    if (earlier) {
      // The server lost the trial and received it again. Two trainings must not share a checkpoint.
      this.end(id, 'replaced');
      await earlier.done;
      return this.putOff(bull, token);
    }
    const admission = await this.admit(assignment);
    if ('refused' in admission) {
      this.refuse(assignment, admission.refused);
      return this.putOff(bull, token);
    }
    const { result, ending } = await this.run(id, { search, job: admission.job });
    if (ending === 'leaving') return this.giveBack(bull, token);
    if (ending === 'replaced' || ending === 'drop') return;
    this.send(search, ending === 'cancel' ? resultOf(job, { state: 'cancelled' }) : result);
  }

  /** An unreadable job counts as a crash of the attempt that it names, and null is returned. */
  private async read(bull: Job, token: string): Promise<Assignment | null> {
    try {
      return parseAssignment(bull.data);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.options.onNote?.(`a job could not be read: ${message}`);
      const named = namesOf(bull.data);
      if (!named) throw new UnrecoverableError(message);
      if (error instanceof OtherVersionError) {
        this.outbox.event(named.search, { type: 'refused', trialId: named.attempt.trialId, reason: message });
        return this.putOff(bull, token);
      }
      const outcome = { state: 'crashed', message: `the job could not be read: ${message}` } as const;
      this.send(named.search, { protocol: protocolVersion, ...named.attempt, outcome });
      return null;
    }
  }

  /** Runs a trial in a free slot; `ending` is why it was ended early, null when it was not or had come to its end all the same. */
  private async run(id: string, assignment: Assignment): Promise<{ result: TrialResult; ending: Ending | null }> {
    const slot = this.free.pop();
    if (!slot) throw new Error('more trials than slots');
    const { job } = assignment;
    const { trialId, networkId, attempt, recipe } = job;
    const shown = { trialId, networkId, attempt, epoch: 0, epochs: recipe.epochs, imagesPerSecond: null };
    const controller = new AbortController();
    const onEvent = (event: TrialEvent): void => this.onEvent(id, event);
    const attempted = Promise.resolve().then(() => slot(job, { onEvent, signal: controller.signal }));
    const result = attempted.catch((error: unknown) =>
      resultOf(job, { state: 'crashed', message: error instanceof Error ? error.message : String(error) }),
    );
    this.running.set(id, { assignment, controller, shown, done: result });
    try {
      const ended = await result;
      const early = controller.signal.aborted && ended.outcome.state !== 'completed';
      return { result: ended, ending: early ? (controller.signal.reason as Ending) : null };
    } finally {
      this.running.delete(id);
      this.free.push(slot);
    }
  }

  private onEvent(id: string, event: TrialEvent): void {
    const running = this.running.get(id);
    if (!running || running.controller.signal.aborted) return;
    const { assignment, shown } = running;
    if (event.type === 'started') {
      const { engine: name, engineVersion: version, device } = event.provenance;
      this.engine = { name, version, device };
      shown.epoch = event.resumedAtEpoch;
    } else if (event.type === 'epoch') {
      shown.epoch = event.metrics.epoch;
      shown.imagesPerSecond = event.metrics.imagesPerSecond;
    } else if (event.type === 'progress') shown.imagesPerSecond = event.imagesPerSecond;
    this.outbox.event(assignment.search, event);
  }

  private end(id: string, why: Ending): void {
    this.running.get(id)?.controller.abort(why);
  }

  private send(search: string, result: TrialResult): void {
    this.outbox.result(search, result);
    this.options.onResult?.(result);
  }

  private async admit({ search, job }: Assignment): Promise<Admission> {
    const { admit } = this.options;
    if (!admit) return { job };
    const { state } = searchKeys(this.namespace, search);
    return admit(job, async (digest) => {
      await this.client.hsetnx(state, 'digest', digest);
      return (await this.client.hget(state, 'digest')) ?? digest;
    });
  }

  private refuse({ search, job }: Assignment, reason: string): void {
    this.outbox.event(search, { type: 'refused', trialId: job.trialId, reason });
    if (this.refusals.includes(reason)) return;
    this.refusals.push(reason);
    if (this.refusals.length > mostRefusals) this.refusals.shift();
    this.options.onNote?.(`refused trial ${job.trialId}: ${reason}`);
  }

  /** Gives the job to another worker at once. */
  private async giveBack(bull: Job, token: string): Promise<never> {
    await bull.moveToWait(token);
    throw new WaitingError();
  }

  /** Offers the job again later, after those that wait. */
  private async putOff(bull: Job, token: string): Promise<never> {
    await bull.moveToDelayed(Date.now() + this.clocks.refusalMs, token);
    throw new DelayedError();
  }

  /** Reads the coordinators' requests, and sends a heartbeat when something has changed or one is due. */
  private async tick(): Promise<void> {
    const inUse = new Set([...this.running.values()].map(({ assignment }) => assignment.search));
    this.controls.tidy(inUse);
    for (const [id, { assignment }] of this.running) {
      const mark = markOf(await this.controls.of(assignment.search), id);
      if (mark) this.end(id, mark);
    }
    const statement = this.statement();
    const text = JSON.stringify(statement);
    const now = performance.now();
    if (text === this.said && now - this.saidAtMs < this.clocks.heartbeatMs) return;
    this.said = text;
    this.saidAtMs = now;
    const reason = await announce(this.client, this.namespace, statement);
    if (reason === null || this.quarantined) return;
    this.quarantined = true;
    this.options.onQuarantine?.(reason);
    await this.worker?.pause(true);
  }

  private statement(): WorkerStatement {
    const { name, version, device } = this.engine;
    return {
      id: this.id,
      host: os.hostname(),
      pid: process.pid,
      engine: name,
      engineVersion: version,
      device,
      slots: this.options.slots.length,
      memoryBytes: this.options.memoryBytes ?? null,
      running: [...this.running.values()].map(({ shown }) => ({ ...shown })),
      refusals: [...this.refusals],
    };
  }
}
