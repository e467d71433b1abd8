import type { PlanView, StateView } from '../../api.js';
import type { Theme } from '../charts/theme.js';
import type { NetworkRow, TrialRow } from '../data/model.js';
import { trialLink } from '../data/route.js';
import { formatSettings, type Settings } from '../data/settings.js';
import { replaceParams } from '../hooks/use-route.js';

/** Input of every panel of a search's page: the search, its filtered rows and the reader's settings. */
export interface SearchContext {
  readonly plan: PlanView;
  readonly state: StateView;
  /** Those that pass the filter. */
  readonly networks: readonly NetworkRow[];
  readonly trials: readonly TrialRow[];
  /** All, whatever the filter says. */
  readonly allNetworks: readonly NetworkRow[];
  readonly settings: Settings;
  readonly theme: Theme;
}

/** Changes the reader's settings, which live in the address. */
export function change(settings: Settings, changes: Partial<Settings>): void {
  replaceParams(formatSettings({ ...settings, ...changes }));
}

/** The address of a trial; a network leads to its first trial with a result, or its first. */
export function linkTo(plan: PlanView, row: NetworkRow | TrialRow): string | null {
  const trial = 'trials' in row ? (row.trials.find(({ trial }) => trial.state === 'completed') ?? row.trials[0]) : row;
  return trial ? trialLink(plan.id, trial.id) : null;
}
