/**
 * When the last job ends if every worker takes the next one as soon as it is free. `running`: what is left of the jobs that have begun;
 * `queued`: those that wait, in order; `before`: an amount that is worked off ahead of these, evenly shared. All in one unit of time.
 * Workers beyond the running jobs are free now.
 */
export function makespan(running: readonly number[], queued: readonly number[], workers: number, before = 0): number {
  const ends = [...running];
  while (ends.length < workers) ends.push(0);
  if (before > 0) ends.fill((before + ends.reduce((sum, end) => sum + end, 0)) / ends.length);
  for (const job of queued) {
    let first = 0;
    for (let w = 1; w < ends.length; w++) if ((ends[w] as number) < (ends[first] as number)) first = w;
    ends[first] = (ends[first] as number) + job;
  }
  return Math.max(0, ...ends);
}
