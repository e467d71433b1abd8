import type { PlanView, StateView } from '../../api.js';
import { count, duration, moment, plural, times } from '../data/format.js';
import { countStates } from '../data/model.js';
import { SimulatedBadge, StateBadge } from './badges.js';

/** What the search asks, of what and when. */
export function SearchHead({ plan, state, isReport }: { plan: PlanView; state: StateView; isReport: boolean }) {
  const { baseline, recipe, dataset, networks, trials } = plan;
  return (
    <header class="search-head">
      <p class="eyebrow">
        {plan.name} <StateBadge state={state.state} /> {plan.simulated && <SimulatedBadge />}
      </p>
      <h1>{plan.question}</h1>
      {plan.expected && <p class="expected">Expected: {plan.expected}</p>}
      <p class="facts">
        <span>
          Baseline {baseline.name}, {baseline.resolutionPx} px, {count(baseline.cost.macs)} macs
        </span>
        <span>compared at {times(plan.targetMacs / baseline.cost.macs)}</span>
        <span>{dataset.source === 'shapes' ? 'drawn shapes' : `${dataset.source} ${dataset.path}`}</span>
        <span>{plural(recipe.epochs, 'epoch')}</span>
        <span>
          {plural(networks.length, 'network')}, {plural(trials.length, 'trial')}
        </span>
        <span>planned {moment(plan.createdMs)}</span>
        <span>
          plan <code>{plan.hash.slice(0, 12)}</code>
        </span>
      </p>
      <Standing state={state} isReport={isReport} />
    </header>
  );
}

/** Says what is going on, and why nothing is when nothing is. */
function Standing({ state: { state, trials, timeLeftMs }, isReport }: { state: StateView; isReport: boolean }) {
  const counts = countStates(trials);
  const over = counts.completed + counts.failed + counts.cancelled + counts.skipped;
  const done = `${over} of ${plural(trials.length, 'trial')} over`;
  if (state === 'finished')
    return (
      <p>{counts.failed > 0 ? `Every trial is over; ${counts.failed} failed for good.` : 'Every trial is over.'}</p>
    );
  if (isReport) return <p>When this report was written: {done}.</p>;
  if (state === 'stopped')
    return (
      <p>
        {done}. Nothing is running, because no coordinator works on this search
        {counts.running > 0 && `; ${counts.running} were being trained when it stopped`}. <code>triscale run</code> with
        its experiment file goes on from here.
      </p>
    );
  if (counts.running === 0) return <p>{done}. A coordinator is at work, but no worker has begun a trial yet.</p>;
  return (
    <p>
      {done}, {counts.running} running.{' '}
      {timeLeftMs === null
        ? 'The time left is known after the first finished trial.'
        : `About ${duration(timeLeftMs)} left.`}
    </p>
  );
}
