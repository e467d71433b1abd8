import type { PlanView } from '../api.js';

const mostEpochs = 100_000;

/** Whether a report is made in a moment, so that the server may make it while a search runs; the command line makes every one. */
export function isQuickToReport({ trials, recipe }: Pick<PlanView, 'trials' | 'recipe'>): boolean {
  return trials.length * recipe.epochs <= mostEpochs;
}
