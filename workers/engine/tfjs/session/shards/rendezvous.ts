/** Each thread's number has a cache line of its own, so that one that counts does not slow down one that reads. */
const wordsApart = 16;

/**
 * How often a number is read before the thread sleeps: some 50 µs. Shares of a batch take about as long, and to wake a thread costs more
 * than that.
 */
const readsBeforeSleep = 5000;

/**
 * Where threads wait for each other: each counts in shared memory the meetings that it has come to. What a thread wrote before it
 * arrived, those who have waited for it can read.
 */
export class Rendezvous {
  /** Of shared memory, a multiple of 64. */
  static bytes(threads: number): number {
    return threads * wordsApart * Int32Array.BYTES_PER_ELEMENT;
  }

  private readonly counts: Int32Array;
  private meeting = 0;

  /** `own`: the number of this thread, from 0. `offset`: in bytes, of memory that all count in from its zeros on. */
  constructor(
    memory: SharedArrayBuffer,
    offset: number,
    private readonly threads: number,
    private readonly own: number,
  ) {
    this.counts = new Int32Array(memory, offset, threads * wordsApart);
  }

  /** Comes to the next meeting. */
  arrive(): void {
    // Numbers go round after 2³¹ meetings.
    this.meeting = (this.meeting + 1) | 0;
    const place = this.own * wordsApart;
    Atomics.store(this.counts, place, this.meeting);
    Atomics.notify(this.counts, place);
  }

  /** Waits until another thread is at this meeting too. False when it was not after `ms` milliseconds. */
  wait(other: number, ms = Number.POSITIVE_INFINITY): boolean {
    const place = other * wordsApart;
    for (let i = 0; i < readsBeforeSleep; i++) if (this.isHere(Atomics.load(this.counts, place))) return true;
    for (;;) {
      const count = Atomics.load(this.counts, place);
      if (this.isHere(count)) return true;
      if (Atomics.wait(this.counts, place, count, ms) === 'timed-out') return false;
    }
  }

  /** Comes to the next meeting and waits there for all others. */
  meet(): void {
    this.arrive();
    for (let thread = 0; thread < this.threads; thread++) if (thread !== this.own) this.wait(thread);
  }

  private isHere(count: number): boolean {
    return ((count - this.meeting) | 0) >= 0;
  }
}
