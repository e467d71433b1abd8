import type { StoredTrial } from '../../db/records.js';
import { isTerminal } from '../../search/outcomes.js';
import type { Plan } from '../../search/plan.js';

/**
 * Time until every trial is over, milliseconds: the macs that are left to train, at the speed of one finished trial after another, divided
 * among as many as are running now. Null while nothing has finished or nothing runs.
 */
export function timeLeftMs(plan: Pick<Plan, 'networks' | 'recipe'>, trials: readonly StoredTrial[]): number | null {
  const macsOf = new Map(plan.networks.map(({ id, cost }) => [id, cost.macs]));
  let doneMacs = 0;
  let doneMs = 0;
  let leftMacs = 0;
  let running = 0;
  for (const trial of trials) {
    const macs = macsOf.get(trial.networkId) ?? 0;
    if (trial.state === 'completed') {
      doneMacs += macs;
      doneMs += trial.result.wallMs;
    } else if (trial.state === 'running') {
      running++;
      leftMacs += macs * (1 - trial.epoch / plan.recipe.epochs);
    } else if (!isTerminal(trial.state)) leftMacs += macs;
  }
  return doneMacs > 0 && running > 0 ? ((doneMs / doneMacs) * leftMacs) / running : null;
}
