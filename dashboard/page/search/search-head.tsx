import type { PlanView, Standstill, StateView } from '../../api.js';
import { isQuickToReport } from '../../views/report-size.js';
import { count, moment, plural, timeLeftText, times } from '../data/format.js';
import { countStates } from '../data/model.js';
import type { SearchControl } from '../hooks/use-control.js';
import { SimulatedBadge, StateBadge } from '../parts/badges.js';
import { ControlBar } from './control-bar.js';

/** What the search asks, of what and when. */
export function SearchHead({
  plan,
  state,
  control,
  isReport,
}: {
  plan: PlanView;
  state: StateView;
  control: SearchControl;
  isReport: boolean;
}) {
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
        {!isReport && (
          <span>
            {isQuickToReport(plan) ? (
              <a href={`api/searches/${plan.id}/report`} download>
                Save as a report
              </a>
            ) : (
              <>
                <code>triscale report</code> writes a report
              </>
            )}
          </span>
        )}
      </p>
      {isReport && (
        <p class="note">
          All of this search in one file, which needs no server and no network. Where its store is,{' '}
          <code>triscale dashboard</code> shows it live and <code>triscale report</code> writes this file again, byte
          for byte.
        </p>
      )}
      <Standing state={state} isReport={isReport} />
      <ControlBar searchId={plan.id} state={state} control={control} />
    </header>
  );
}

/** Says what is going on, and why nothing is when nothing is. */
function Standing({
  state: { state, trials, timeLeft, standstill },
  isReport,
}: {
  state: StateView;
  isReport: boolean;
}) {
  const counts = countStates(trials);
  const over = counts.completed + counts.failed + counts.cancelled + counts.skipped;
  const done = `${over} of ${plural(trials.length, 'trial')} over`;
  if (state === 'finished')
    return (
      <p>{counts.failed > 0 ? `Every trial is over; ${counts.failed} failed for good.` : 'Every trial is over.'}</p>
    );
  if (isReport) return <p>When this report was written: {done}.</p>;
  if (standstill) return <Blocked done={done} running={counts.running} standstill={standstill} />;
  return (
    <p>
      {done}, {counts.running} running.{' '}
      {timeLeft === null
        ? 'The time left is known after the first finished trial.'
        : `About ${timeLeftText(timeLeft)}.`}
    </p>
  );
}

/** Why is nothing running? The one thing that is missing, since when, and what brings it back. */
function Blocked({ done, running, standstill }: { done: string; running: number; standstill: Standstill }) {
  const { limit, detail, sinceMs } = standstill;
  const since = sinceMs === null ? '' : ` since ${moment(sinceMs)}`;
  return (
    <p class="advice standstill">
      {done}.{' '}
      {limit === 'coordinator' && (
        <>
          <b>Nothing is running, because no coordinator works on this search</b>
          {since}
          {detail && ` (${detail})`}. <code>triscale run</code> with its experiment file goes on from here.
        </>
      )}
      {limit === 'pause' && (
        <>
          <b>{running > 0 ? `Nothing new starts: the search is paused` : 'Nothing is running: the search is paused'}</b>
          {since}, {detail ?? 'as asked'}
          {running > 0 && `; ${plural(running, 'trial')} come to their end`}. Resume lets it go on:{' '}
          <code>triscale resume</code>, or the button here.
        </>
      )}
      {limit === 'workers' && (
        <>
          <b>Nothing is running: a coordinator is at work{since}, but no worker has begun a trial.</b>
          {detail ? ` It last said: ${detail}.` : ' On a farm, `triscale workers` lists who is there.'}
        </>
      )}
    </p>
  );
}
