import type { SearchState } from '../../api.js';

/** Marks simulated results wherever they are shown. */
export function SimulatedBadge() {
  return (
    <span class="badge badge-simulated" title="Accuracies come from a simulation, not from training">
      simulated
    </span>
  );
}

const stateText: Readonly<Record<SearchState, string>> = {
  running: 'running',
  stopped: 'stopped',
  finished: 'finished',
};

export function StateBadge({ state }: { state: SearchState }) {
  return <span class={`badge badge-${state}`}>{stateText[state]}</span>;
}
