import { seedBudgetOf } from '../../strategy/replicate-planned.js';
import type { Plan } from '../plan.js';
import { makespan } from './schedule.js';
import { epochWork } from './work.js';

/** What training a plan will take. Times in milliseconds. */
export interface Preview {
  /** From the first trial to the last, without the seeds of replication. */
  readonly wallMs: number;
  /** Summed over the trials: hours of a core or of a GPU, whichever trains one trial. */
  readonly workerMs: number;
  /** The longest and the shortest training. */
  readonly longestMs: number;
  readonly shortestMs: number;
  /** What the seed budget adds to `workerMs` when it is spent on networks of average work. */
  readonly seedsMs: number;
}

/** What a preview rests on. */
export interface PreviewOptions {
  /** Images of the training split. */
  readonly images: number;
  /** Work (see `workPerImage`) that one worker does in a second. */
  readonly workPerSecond: number;
  /** Trials side by side. */
  readonly workers: number;
}

/** Predicts the time of a whole plan, at a speed that a probe or earlier trials have measured. */
export function previewPlan(plan: Plan, { images, workPerSecond, workers }: PreviewOptions): Preview {
  const msPerWork = (1000 * images * plan.recipe.epochs) / workPerSecond;
  const msOf = new Map(plan.networks.map((network) => [network.id, epochWork(network) * msPerWork]));
  const times = plan.trials.map(({ networkId }) => msOf.get(networkId) as number);
  const workerMs = times.reduce((sum, ms) => sum + ms, 0);
  let longestMs = 0;
  let shortestMs = Number.POSITIVE_INFINITY;
  for (const ms of times) {
    longestMs = Math.max(longestMs, ms);
    shortestMs = Math.min(shortestMs, ms);
  }
  const seedsMs = (seedBudgetOf(plan) * workerMs) / Math.max(1, times.length);
  return { wallMs: makespan([], times, workers), workerMs, longestMs, shortestMs, seedsMs };
}
