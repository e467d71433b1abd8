import type { PlanView, Standstill, StateView } from '../../api.js';
import { isQuickToReport } from '../../views/report-size.js';
import { count, moment, plural, timeLeftText, times } from '../data/format.js';
import { countStates } from '../data/model.js';
import type { SearchControl } from '../hooks/use-control.js';
import { SimulatedBadge, StateBadge } from '../parts/badges.js';
import { ControlBar } from './control-bar.js';

/** The question of a search, its data and its plan. */
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
          Baseline {baseline.name}, {baseline.resolutionPx} px, {count(baseline.cost.macs)} MACs
        </span>
        <span>compared at {times(plan.targetMacs / baseline.cost.macs)}</span>
        <span>{dataset.source === 'shapes' ? 'synthetic shapes' : `${dataset.source} ${dataset.path}`}</span>
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
                Save report
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
          This file contains the whole search and needs no server or network. On the machine with its store,{' '}
          <code>triscale dashboard</code> shows it live and <code>triscale report</code> recreates this file byte for
          byte.
        </p>
      )}
      <Standing state={state} isReport={isReport} />
      <ControlBar searchId={plan.id} state={state} control={control} />
    </header>
  );
}

/** The progress of a search, or the reason why nothing is running. */
function Standing({
  state: { state, trials, timeLeft, standstill },
  isReport,
}: {
  state: StateView;
  isReport: boolean;
}) {
  const counts = countStates(trials);
  const over = counts.completed + counts.failed + counts.cancelled;
  const done = `${over} of ${plural(trials.length, 'trial')} ended`;
  if (state === 'finished')
    return (
      <p>
        {counts.failed > 0 ? `All trials have ended; ${counts.failed} failed permanently.` : 'All trials have ended.'}
      </p>
    );
  if (isReport) return <p>When this report was written, {done}.</p>;
  if (standstill) return <Blocked done={done} running={counts.running} standstill={standstill} />;
  return (
    <p>
      {done}, {counts.running} running.{' '}
      {timeLeft === null
        ? 'The time left will be known once a trial has finished.'
        : `About ${timeLeftText(timeLeft)}.`}
    </p>
  );
}

/** The reason why nothing is running, since when, and how to continue. */
function Blocked({ done, running, standstill }: { done: string; running: number; standstill: Standstill }) {
  const { limit, detail, sinceMs } = standstill;
  const since = sinceMs === null ? '' : ` since ${moment(sinceMs)}`;
  return (
    <p class="advice standstill">
      {done}.{' '}
      {limit === 'coordinator' && (
        <>
          <b>Nothing is running: no coordinator is working on this search</b>
          {since}
          {detail && ` (${detail})`}. <code>triscale run</code> on its experiment file continues the search.
        </>
      )}
      {limit === 'pause' && (
        <>
          <b>
            {running > 0 ? `The search is paused: no further trial starts` : 'The search is paused: nothing is running'}
          </b>
          {since}, {detail ?? 'as asked'}
          {running > 0 && `; ${plural(running, 'trial')} still running`}. To continue: <code>triscale resume</code>, or
          the Resume button.
        </>
      )}
      {limit === 'workers' && (
        <>
          <b>Nothing is running: a coordinator is active{since}, but no worker has started a trial.</b>
          {detail ? ` Its last message: ${detail}.` : ' On a farm, `triscale workers` lists the connected workers.'}
        </>
      )}
    </p>
  );
}
