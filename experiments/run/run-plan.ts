import type { Plan } from '../../search/plan/plan.js';
import { revisionOf } from './extensions.js';
import { fitSearch, type Slots } from './fit-search.js';

export interface RunPlan {
  readonly plan: Plan;
  /** Hash of the stored plan of the experiment, where `plan` is what that has been extended to; else null. */
  readonly extendedFrom: string | null;
}

/**
 * What a run of a planned experiment trains: the plan as these slots train it or, where that has been extended in its store, its latest
 * revision, which fits them as well.
 */
export async function planRun(planned: Plan, slots: Slots, storeFile: string): Promise<RunPlan> {
  const fitted = await fitSearch(planned, slots, storeFile);
  const revision = revisionOf(fitted, storeFile);
  if (!revision) return { plan: fitted, extendedFrom: null };
  const plan = await fitSearch(revision.plan, slots, storeFile);
  // A plan may have been extended back to itself.
  return { plan, extendedFrom: plan.hash === fitted.hash ? null : revision.from };
}
