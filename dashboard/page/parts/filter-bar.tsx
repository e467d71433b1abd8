import { exact, plural } from '../data/format.js';
import { countStates, type TrialRow } from '../data/model.js';
import { toggled, trialStates } from '../data/settings.js';
import { change, type SearchContext } from '../search/search-context.js';

/** Trials by state, each a switch of the one filter that drives every chart and table below. */
export function FilterBar({
  allTrials,
  trials,
  networks,
  allNetworks,
  settings,
}: SearchContext & { allTrials: readonly TrialRow[] }) {
  const counts = countStates(allTrials.map(({ trial }) => trial));
  const states = trialStates.filter((state) => counts[state] > 0 || settings.states.has(state));
  const left = states.filter((state) => !settings.states.has(state) && counts[state] > 0);
  return (
    <section class="filter-bar" aria-label="Filter">
      <fieldset class="state-chips" aria-label="Trial states">
        {states.map((state) => (
          <button
            key={state}
            type="button"
            class={`chip chip-${state}`}
            aria-pressed={settings.states.has(state)}
            onClick={() => change(settings, { states: toggled(settings.states, state) })}
          >
            <b>{exact(counts[state])}</b> {state}
          </button>
        ))}
      </fieldset>
      <p class="note" aria-live="polite">
        Showing {exact(networks.length)} of {plural(allNetworks.length, 'network')} and {exact(trials.length)} of{' '}
        {plural(allTrials.length, 'trial')}
        {left.length > 0 && `; hidden: ${left.map((state) => `${counts[state]} ${state}`).join(', ')}`}
        {settings.range && '; limited to the selection in the chart'}.
      </p>
    </section>
  );
}
