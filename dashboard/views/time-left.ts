import type { StoredTrial } from '../../db/records.js';
import { type TimeLeft, timeLeft } from '../../search/plan/forecast/time-left.js';
import { workPerImage } from '../../search/plan/forecast/work.js';
import type { Plan } from '../../search/plan/plan.js';

/**
 * Time until every trial is over that waits or runs, with its band, at the speeds of the finished ones and with as many side by side as are
 * running now. Null while nothing has finished or nothing runs.
 */
export function timeLeftOf(plan: Pick<Plan, 'networks' | 'recipe'>, trials: readonly StoredTrial[]): TimeLeft | null {
  const { epochs } = plan.recipe;
  const workOf = new Map(plan.networks.map(({ id, cost }) => [id, workPerImage(cost) * epochs]));
  const running: { work: number; msPerWork: null }[] = [];
  const queued: number[] = [];
  const msPerWork: number[] = [];
  for (const trial of trials) {
    const work = workOf.get(trial.networkId) ?? 0;
    if (trial.state === 'completed') msPerWork.push(trial.result.wallMs / work);
    else if (trial.state === 'running') running.push({ work: work * (1 - trial.epoch / epochs), msPerWork: null });
    else if (trial.state === 'queued') queued.push(work);
  }
  return running.length > 0 ? timeLeft({ running, queued, workers: running.length }, msPerWork) : null;
}
