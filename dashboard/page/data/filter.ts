import type { TrialState } from '../../../search/plan/outcomes.js';
import { type CostMetricName, costMetrics } from './metrics.js';
import type { NetworkRow, TrialRow } from './model.js';

/** A brushed rectangle of the chart of accuracy against cost. */
export interface Range {
  readonly metric: CostMetricName;
  readonly cost: readonly [low: number, high: number];
  /** Shares in [0, 1]. */
  readonly accuracy: readonly [low: number, high: number];
}

/** The one filter of a search's page, which every chart and table obeys. */
export interface Filter {
  readonly states: ReadonlySet<TrialState>;
  readonly range: Range | null;
}

/** A trial passes by its state, a network by having such a trial; a range also wants the network's cost and mean inside. */
export function applyFilter(
  networks: readonly NetworkRow[],
  trials: readonly TrialRow[],
  { states, range }: Filter,
): { networks: NetworkRow[]; trials: TrialRow[] } {
  const kept = networks.filter(
    (row) => row.trials.some(({ trial }) => states.has(trial.state)) && (range === null || isInside(row, range)),
  );
  const ids = new Set(kept.map(({ id }) => id));
  return {
    networks: kept,
    trials: trials.filter(({ trial, network }) => states.has(trial.state) && ids.has(network.id)),
  };
}

function isInside(row: NetworkRow, { metric, cost, accuracy }: Range): boolean {
  const value = costMetrics[metric].of(row);
  const mean = row.estimate?.mean;
  if (value === null || mean === undefined) return false;
  return value >= cost[0] && value <= cost[1] && mean >= accuracy[0] && mean <= accuracy[1];
}
