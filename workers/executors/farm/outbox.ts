import type { Redis } from 'ioredis';
import type { TrialResult } from '../contract.js';
import { searchKeys } from './keys.js';
import type { WorkerEvent } from './messages.js';
import { sending } from './settings.js';

const { mostEvents, gatherMs, sendAgainMs } = sending;

/**
 * Sends the messages of a worker to the coordinators of its trials: events together after a moment, results at once and reliably, each in
 * one entry with the events before it.
 */
export class Outbox {
  private readonly waiting = new Map<string, WorkerEvent[]>();
  private readonly unsent = new Set<Promise<void>>();
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
    const sent = this.sendUntilTaken(this.keysOf(search).results, entry).finally(() => this.unsent.delete(sent));
    this.unsent.add(sent);
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
    await Promise.all(this.unsent);
  }

  private keysOf(search: string): ReturnType<typeof searchKeys> {
    return searchKeys(this.namespace, search);
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
