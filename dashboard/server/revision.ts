import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { availableParallelism } from 'node:os';
import type { ServedStore } from './served-store.js';

/** New results are on a page within two seconds: half of one to be seen here, and the rest to be counted and read. */
const pollMs = 500;
/** Of a core: answering may take 4 % of the machine's time while the store changes without pause, which leaves the rest to a search on all of it. */
const largestShare = 0.04 * availableParallelism();

/**
 * Which state of the store is being shown. It moves on when another process has committed, a coordinator has come or gone or the store is another one, at most so
 * often that computing the answers anew stays below 4 % of the machine, which the search that is being watched shares.
 */
export class Revision extends EventEmitter<{ change: [revision: string] }> {
  private readonly server = randomBytes(6).toString('base64url');
  private count = 0;
  private seen: string;
  private spentMs = 0;
  private movedAt = performance.now();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly store: ServedStore) {
    super();
    this.setMaxListeners(0);
    this.seen = store.look();
    this.timer = setInterval(() => this.check(), pollMs);
    this.timer.unref();
  }

  get current(): string {
    return `${this.served}-${this.count}`;
  }

  /** Of this server and the store that is behind it now: what was read of another is not to be mixed with what is read of this one. */
  get served(): string {
    return `${this.server}.${this.store.generation}`;
  }

  /** Notes that an answer took so long to compute anew. */
  spent(ms: number): void {
    this.spentMs += ms;
  }

  close(): void {
    clearInterval(this.timer);
    this.removeAllListeners();
  }

  private check(): void {
    const now = performance.now();
    if (now - this.movedAt < this.spentMs / largestShare) return;
    const seen = this.store.look();
    if (seen === this.seen) return;
    this.seen = seen;
    this.movedAt = now;
    this.spentMs = 0;
    this.count++;
    this.emit('change', this.current);
  }
}
