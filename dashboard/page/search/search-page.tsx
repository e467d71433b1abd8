import { useEffect, useMemo, useState } from 'preact/hooks';
import type { PlanView, StateView } from '../../api.js';
import type { Theme } from '../charts/theme.js';
import { applyFilter } from '../data/filter.js';
import { buildRows } from '../data/model.js';
import type { Route } from '../data/route.js';
import { parseSettings } from '../data/settings.js';
import { useControl } from '../hooks/use-control.js';
import { useResource, useTitle } from '../hooks/use-resource.js';
import { FilterBar } from '../parts/filter-bar.js';
import { Trouble, Waiting } from '../parts/placeholder.js';
import type { Source } from '../source/source.js';
import { AccuracyCostPanel } from './accuracy-cost-panel.js';
import { AnswerPanel } from './answer-panel.js';
import { CoefficientsPanel } from './coefficients-panel.js';
import { CurvesPanel } from './curves-panel.js';
import { EventsPanel } from './events-panel.js';
import { FailuresPanel } from './failures-panel.js';
import { FamilyPanel } from './family-panel.js';
import { PlanPanel } from './plan-panel.js';
import type { SearchContext } from './search-context.js';
import { SearchHead } from './search-head.js';
import { SimplexPanel } from './simplex-panel.js';
import { TablePanel } from './table-panel.js';

export interface PageProps {
  readonly source: Source;
  readonly route: Route;
  readonly revision: number;
  readonly theme: Theme;
  readonly isReport: boolean;
}

/** One search: its question, its progress and its evidence. */
export function SearchPage(props: PageProps) {
  const { source, route, revision } = props;
  const { searchId, params } = route;
  const rule = params.get('rule');
  const [additions, setAdditions] = useState(0);
  const plan = useResource(`plan ${searchId}`, additions, () => source.plan(searchId));
  const state = useResource(`state ${searchId} ${rule}`, revision, () => source.state(searchId, rule));
  // Replication adds trials to the plan: it is read again when the state knows more of them.
  const trials = state.value?.trials.length ?? 0;
  useEffect(() => {
    if (plan.value && plan.value.trials.length < trials) setAdditions(trials);
  }, [plan.value, trials]);
  useTitle(...(plan.value ? [plan.value.name] : []));
  const error = plan.error ?? state.error;
  if (plan.value && state.value) return <Search {...props} plan={plan.value} state={state.value} error={state.error} />;
  return error ? <Trouble what={error} /> : <Waiting what="Loading the search…" />;
}

interface SearchProps extends PageProps {
  readonly plan: PlanView;
  readonly state: StateView;
  readonly error: string | null;
}

function Search({ plan, state, error, source, route, revision, theme, isReport }: SearchProps) {
  const query = route.params.toString();
  // The text of the parameters stands for them.
  const settings = useMemo(() => parseSettings(route.params), [query]);
  const all = useMemo(() => buildRows(plan, state), [plan, state]);
  const { networks, trials } = useMemo(() => applyFilter(all.networks, all.trials, settings), [all, settings]);
  const context = useMemo<SearchContext>(
    () => ({ plan, state, networks, trials, allNetworks: all.networks, settings, theme }),
    [plan, state, networks, trials, all, settings, theme],
  );
  const late = useLate(context);
  const control = useControl(source, plan.id);
  return (
    <main>
      <SearchHead plan={plan} state={state} control={control} isReport={isReport} />
      {error && <p class="error">{error} What follows is out of date.</p>}
      <FilterBar {...context} allTrials={all.trials} />
      <div class="lead">
        <AccuracyCostPanel {...context} />
        <AnswerPanel {...context} control={control} isReport={isReport} />
      </div>
      <AdviceRow state={state} />
      {late && (
        <>
          <div class="side-by-side">
            <SimplexPanel {...late} source={source} revision={revision} />
            <CoefficientsPanel {...late} />
          </div>
          <CurvesPanel {...late} source={source} revision={revision} />
          <FamilyPanel {...late} source={source} revision={revision} />
          <TablePanel {...late} />
          <FailuresPanel {...late} source={source} revision={revision} />
          <EventsPanel {...late} />
          <PlanPanel plan={plan} />
        </>
      )}
    </main>
  );
}

/** Advice of the health checks on whether to trust the choice. */
export function AdviceRow({ state: { selection } }: { state: StateView }) {
  if (selection.advice.length === 0 || selection.choice === null) return null;
  return (
    <section class="advice-row" aria-label="Health checks">
      {selection.advice.map((sentence) => (
        <p key={sentence} class="advice">
          {sentence}
        </p>
      ))}
    </section>
  );
}

/**
 * The value, but not before the frame that shows it elsewhere has been painted; null for the first one until then. What lies below the
 * first screen follows what is on it, so that a search of thousands of trials answers at once.
 */
export function useLate<T>(value: T): T | null {
  const [late, setLate] = useState<T | null>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const frame = requestAnimationFrame(() => {
      timer = setTimeout(() => setLate(() => value));
    });
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }, [value]);
  return late;
}
