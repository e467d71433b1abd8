import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { availableParallelism } from 'node:os';
import type { ServedStore } from './served-store.js';

/** New results are on a page within two seconds: half of one to be seen here, and the rest to be counted and read. */
const pollMs = 500;
/** Of a core: answering may take 4 % of the machine's time while the store changes without pause, which leaves the rest to a search on all of it. */
const largestShare = 0.04 * availableParallelism();

/**
 * The state of the store that is shown. It advances when another process has committed, a coordinator has started or ended, or the store was
 * replaced, and only so often that recomputing the answers takes less than 4 % of the machine, which the running search shares.
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

  /** Identifies this server and its current store: data of another must not be mixed with data of this one. */
  get served(): string {
    return `${this.server}.${this.store.generation}`;
  }

  /** Records the time that recomputing an answer took. */
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
