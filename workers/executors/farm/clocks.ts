/** The farm's times, milliseconds. Shorter ones are for tests. */
export interface FarmClocks {
  /** For how long a trial belongs to a worker that says nothing. It renews the lock all the while. */
  readonly lockMs: number;
  /** Between two searches for trials whose lock has run out. */
  readonly stalledCheckMs: number;
  /** Between two signs of life of a worker. */
  readonly heartbeatMs: number;
  /** At most so late a worker learns that a trial is cancelled, a search paused, itself in quarantine. */
  readonly controlMs: number;
  /** For how long a trial that a worker has refused waits before it is offered again. */
  readonly refusalMs: number;
}

export const farmClocks: FarmClocks = {
  lockMs: 120_000,
  stalledCheckMs: 15_000,
  heartbeatMs: 10_000,
  controlMs: 1000,
  refusalMs: 5000,
};
