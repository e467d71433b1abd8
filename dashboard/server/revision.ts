import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { StoreReader } from '../../db/reader.js';

/** New results are on a page within two seconds: one to be seen here, and another to be read. */
const pollMs = 1000;
/** Of one core: answering may take that much of the time while the store changes without pause. */
const largestShare = 0.05;

/**
 * Which state of the store is being shown. It moves on when another process has committed or a coordinator has come or gone, at most so
 * often that computing the answers anew stays below 5 % of a core: the search that is being watched shares the machine.
 */
export class Revision extends EventEmitter<{ change: [revision: string] }> {
  private readonly server = randomBytes(6).toString('base64url');
  private count = 0;
  private seen: string;
  private spentMs = 0;
  private movedAt = performance.now();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly reader: StoreReader) {
    super();
    this.setMaxListeners(0);
    this.seen = this.look();
    this.timer = setInterval(() => this.check(), pollMs);
    this.timer.unref();
  }

  get current(): string {
    return `${this.server}-${this.count}`;
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
    const seen = this.look();
    if (seen === this.seen) return;
    this.seen = seen;
    this.movedAt = now;
    this.spentMs = 0;
    this.count++;
    this.emit('change', this.current);
  }

  private look(): string {
    return `${this.reader.dataVersion()} ${this.reader.isBeingWritten()}`;
  }
}
