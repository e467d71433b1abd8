import type { PlanView, StateView } from '../../api.js';
import type { Theme } from '../charts/theme.js';
import type { NetworkRow, TrialRow } from '../data/model.js';
import { trialLink } from '../data/route.js';
import { formatSettings, type Settings } from '../data/settings.js';
import { replaceParams } from '../hooks/use-route.js';

/** What every panel of a search's page is given: the search, what the filter leaves of it, and what the reader has set. */
export interface SearchContext {
  readonly plan: PlanView;
  readonly state: StateView;
  /** What the filter leaves. */
  readonly networks: readonly NetworkRow[];
  readonly trials: readonly TrialRow[];
  /** All, whatever the filter says. */
  readonly allNetworks: readonly NetworkRow[];
  readonly settings: Settings;
  readonly theme: Theme;
}

/** Changes what the reader has set, in the address. */
export function change(settings: Settings, changes: Partial<Settings>): void {
  replaceParams(formatSettings({ ...settings, ...changes }));
}

/** The address of a trial; a network leads to its first trial with a result, or its first. */
export function linkTo(plan: PlanView, row: NetworkRow | TrialRow): string | null {
  const trial = 'trials' in row ? (row.trials.find(({ trial }) => trial.state === 'completed') ?? row.trials[0]) : row;
  return trial ? trialLink(plan.id, trial.id) : null;
}
