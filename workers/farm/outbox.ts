import type { Redis } from 'ioredis';
import type { TrialResult } from '../contract.js';
import { searchKeys } from './keys.js';
import type { WorkerEvent } from './messages.js';

/** Events of a search that nobody reads are forgotten beyond so many entries. */
const mostEvents = 10_000;
const gatherMs = 50;

/** Sends what a worker has to say to the coordinators of its trials: events gathered for a moment, results at once and for certain. */
export class Outbox {
  private readonly waiting = new Map<string, WorkerEvent[]>();
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly client: Redis,
    private readonly namespace: string,
    private readonly worker: string,
  ) {}

  event(search: string, event: WorkerEvent): void {
    const events = this.waiting.get(search);
    if (events) events.push(event);
    else this.waiting.set(search, [event]);
    this.timer ??= setTimeout(() => this.flush(), gatherMs);
  }

  /** Resolves once the server has it; waits for a server that is away. What was said before comes before it. */
  async result(search: string, result: TrialResult): Promise<void> {
    this.send(search);
    const { results } = searchKeys(this.namespace, search);
    const { worker } = this;
    await this.client.xadd(results, '*', 'worker', worker, 'trial', result.trialId, 'body', JSON.stringify(result));
  }

  flush(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    for (const search of [...this.waiting.keys()]) this.send(search);
  }

  private send(search: string): void {
    const events = this.waiting.get(search);
    if (!events) return;
    this.waiting.delete(search);
    const stream = searchKeys(this.namespace, search).events;
    const body = JSON.stringify(events);
    // An event that is lost is missed by nobody: the result tells every epoch again.
    this.client.xadd(stream, 'MAXLEN', '~', mostEvents, '*', 'worker', this.worker, 'body', body).catch(() => {});
  }
}
