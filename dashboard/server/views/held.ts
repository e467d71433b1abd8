interface Made<T> {
  readonly key: unknown;
  readonly value: T;
  readonly madeAt: number;
}

/** What takes long to make, by search: kept until it is asked for with another key, and while the search runs for a time at least. */
export class Held<T> {
  private readonly made = new Map<number, Made<T>>();

  constructor(private readonly holdsMs: number) {}

  get(searchId: number, key: unknown, isRunning: boolean, make: () => T): T {
    const known = this.made.get(searchId);
    if (known && (known.key === key || (isRunning && performance.now() - known.madeAt < this.holdsMs)))
      return known.value;
    const value = make();
    this.made.set(searchId, { key, value, madeAt: performance.now() });
    return value;
  }
}
