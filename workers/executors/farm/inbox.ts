import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { receiving } from './settings.js';

/** An entry of a stream as a worker has sent it. */
export interface Letter {
  readonly worker: string;
  readonly body: string;
  /** What its trial, and others beside it, said before a result; empty without. */
  readonly events: string;
}

export interface InboxOptions {
  /** Blocks while there is nothing to read, so it must be a client of its own. */
  readonly reader: Redis;
  /** Acknowledges. */
  readonly writer: Redis;
  readonly results: string;
  readonly events: string;
  /** Resolves once the result is durable; it is delivered again until then. */
  readonly onResult: (letter: Letter) => Promise<void>;
  readonly onEvents: (letter: Letter) => void;
  /** The server has lost what it held. */
  readonly onLoss: () => void;
}

/** An entry that was removed while it was pending has no fields. */
type Entry = [id: string, fields: string[] | null];
type Reply = [stream: string, entries: Entry[]][] | null;

const group = 'coordinator';
/** There is one coordinator to a search, and after a crash it is the same one again. */
const consumer = 'coordinator';
const { batch, blockMs, mostUnstored, acknowledgeMs, acknowledgeAgainMs, gatherMs, readAgainMs } = receiving;

/**
 * Reads the results and events of one search through a consumer group: what a coordinator was given and had not stored when it died is
 * given to the next one. An entry is removed from the server after it is stored, never before.
 */
export class Inbox {
  /** Results that were read and are not yet removed from the server: being stored, or stored. */
  private readonly taken = new Set<string>();
  private readonly storing = new Set<Promise<void>>();
  private stored: string[] = [];
  private acking: NodeJS.Timeout | null = null;
  private resync = true;
  private closed = false;
  private loop: Promise<void> = Promise.resolve();

  constructor(private readonly options: InboxOptions) {}

  /** Delivers what is waiting from an earlier run, then goes on reading by itself. */
  async start(): Promise<void> {
    await this.makeGroups();
    await this.readPending();
    while ((await this.readNew(null)) > 0);
    await Promise.all(this.storing);
    this.resync = false;
    this.loop = this.readOn();
  }

  /** The connection was lost: an answer may have been lost with it. */
  reconnected(): void {
    this.resync = true;
  }

  /** Stops reading; resolves when what was read is stored. */
  async close(): Promise<void> {
    this.closed = true;
    const { reader } = this.options;
    // A read that waits for a server which is away is not answered, nor refused when its client leaves.
    const isAnswered = reader.status === 'ready';
    reader.disconnect();
    if (isAnswered) await this.loop;
    await Promise.all(this.storing);
    await this.acknowledge();
  }

  private async readOn(): Promise<void> {
    while (!this.closed) {
      try {
        if (this.resync) {
          this.resync = false;
          await this.makeGroups();
          await this.readPending();
        }
        if ((await this.readNew(blockMs)) < batch) await sleep(gatherMs);
        while (this.storing.size > mostUnstored && !this.closed) await Promise.race(this.storing);
      } catch (error) {
        if (this.closed) return;
        this.resync = true;
        // The key was deleted under the group, as by FLUSHALL.
        if (/NOGROUP|UNBLOCKED/.test(String(error))) this.options.onLoss();
        else await sleep(readAgainMs);
      }
    }
  }

  private async makeGroups(): Promise<void> {
    const { reader, results, events } = this.options;
    for (const stream of [results, events]) {
      await reader.xgroup('CREATE', stream, group, '0', 'MKSTREAM').catch((error: Error) => {
        if (!error.message.startsWith('BUSYGROUP')) throw error;
      });
    }
  }

  /** Delivers what was given to this group before and never acknowledged. */
  private async readPending(): Promise<void> {
    const { reader, events, results } = this.options;
    for (const stream of [events, results]) {
      for (let after = '0'; ; ) {
        const reply = (await reader.xreadgroup(
          'GROUP',
          group,
          consumer,
          'COUNT',
          batch,
          'STREAMS',
          stream,
          after,
        )) as Reply;
        const last = reply?.[0]?.[1].at(-1)?.[0];
        if (last === undefined) break;
        this.deliver(reply);
        after = last;
      }
    }
  }

  /** Reads new entries, waiting so long for the first one; returns how many there were. Events come before results, as they do in a trial. */
  private async readNew(block: number | null): Promise<number> {
    const { reader, events, results } = this.options;
    const streams = [events, results, '>', '>'] as const;
    const reply =
      block === null
        ? await reader.xreadgroup('GROUP', group, consumer, 'COUNT', batch, 'STREAMS', ...streams)
        : await reader.xreadgroup('GROUP', group, consumer, 'COUNT', batch, 'BLOCK', block, 'STREAMS', ...streams);
    return this.deliver(reply as Reply);
  }

  private deliver(reply: Reply): number {
    let count = 0;
    for (const [stream, entries] of reply ?? []) {
      count += entries.length;
      if (stream === this.options.results) for (const entry of entries) this.store(entry);
      else this.hear(entries);
    }
    return count;
  }

  private store([id, fields]: Entry): void {
    if (this.taken.has(id)) return;
    this.taken.add(id);
    if (!fields) {
      this.isStored(id);
      return;
    }
    const letter = letterOf(fields);
    if (letter.events !== '') this.options.onEvents({ ...letter, body: letter.events });
    const done = this.options.onResult(letter).then(
      () => this.isStored(id),
      // It could not be stored: it stays on the server for the next coordinator.
      () => {},
    );
    const tracked = done.finally(() => this.storing.delete(tracked));
    this.storing.add(tracked);
  }

  private isStored(id: string): void {
    this.stored.push(id);
    this.acking ??= setTimeout(() => void this.acknowledge(), acknowledgeMs);
  }

  private hear(entries: readonly Entry[]): void {
    if (entries.length === 0) return;
    for (const [, fields] of entries) if (fields) this.options.onEvents(letterOf(fields));
    const { writer, events } = this.options;
    const ids = entries.map(([id]) => id);
    // Events that were heard twice do no harm.
    writer.xack(events, group, ...ids).catch(() => {});
    writer.xdel(events, ...ids).catch(() => {});
  }

  /** Removes stored results from the server; those that it did not take back are removed with the next ones. */
  private async acknowledge(): Promise<void> {
    if (this.acking) clearTimeout(this.acking);
    this.acking = null;
    const ids = this.stored;
    this.stored = [];
    if (ids.length === 0) return;
    const { writer, results } = this.options;
    try {
      await Promise.all([writer.xack(results, group, ...ids), writer.xdel(results, ...ids)]);
      for (const id of ids) this.taken.delete(id);
    } catch {
      this.stored.push(...ids);
      if (!this.closed) this.acking ??= setTimeout(() => void this.acknowledge(), acknowledgeAgainMs);
    }
  }
}

/** `fields`: names and values in turn. */
function letterOf(fields: readonly string[]): Letter {
  const at = (name: string): string => {
    const i = fields.findIndex((field, index) => index % 2 === 0 && field === name);
    return i < 0 ? '' : (fields[i + 1] ?? '');
  };
  return { worker: at('worker'), body: at('body'), events: at('events') };
}
