import type { Redis } from 'ioredis';
import type { TrialResult } from '../contract.js';
import { searchKeys } from './keys.js';
import type { WorkerEvent } from './messages.js';

/** Events of a search that nobody reads are forgotten beyond so many entries. */
const mostEvents = 10_000;
const gatherMs = 50;
const sendAgainMs = 500;

/**
 * Sends what a worker has to say to the coordinators of its trials: events gathered for a moment, results at once and for certain, in one
 * entry with the events that came before them.
 */
export class Outbox {
  private readonly waiting = new Map<string, WorkerEvent[]>();
  private readonly sending = new Set<Promise<void>>();
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

  /**
   * The server has the result before whatever the client is asked for from now on, also when it has to connect again: it carries commands
   * out in this order. So a job that is ended after this call never leaves the queue before its result is in the stream. A result that
   * the server refuses, for want of memory say, is sent again until `settled`.
   */
  result(search: string, result: TrialResult): void {
    const entry = ['worker', this.worker, 'trial', result.trialId];
    const events = this.waiting.get(search);
    if (events) entry.push('events', JSON.stringify(events));
    this.waiting.delete(search);
    entry.push('body', JSON.stringify(result));
    this.gatherWrites();
    const sent = this.sendUntilTaken(this.keysOf(search).results, entry).finally(() => this.sending.delete(sent));
    this.sending.add(sent);
  }

  flush(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    for (const [search, events] of this.waiting) {
      const stream = this.keysOf(search).events;
      const body = JSON.stringify(events);
      // An event that is lost is missed by nobody: the result tells every epoch again.
      this.client.xadd(stream, 'MAXLEN', '~', mostEvents, '*', 'worker', this.worker, 'body', body).catch(() => {});
    }
    this.waiting.clear();
  }

  /** Resolves once the server has all results; waits for a server that is away. */
  async settled(): Promise<void> {
    await Promise.all(this.sending);
  }

  private keysOf(search: string): ReturnType<typeof searchKeys> {
    return searchKeys(this.namespace, search);
  }

  /** What is asked for in this turn, such as the end of the job, goes to the network in one piece with the result. */
  private gatherWrites(): void {
    const { stream } = this.client;
    if (!stream || stream.writableCorked > 0) return;
    stream.cork();
    process.nextTick(() => stream.uncork());
  }

  private async sendUntilTaken(stream: string, entry: readonly string[]): Promise<void> {
    while (this.client.status !== 'end') {
      try {
        await this.client.xadd(stream, '*', ...entry);
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, sendAgainMs).unref());
      }
    }
  }
}
