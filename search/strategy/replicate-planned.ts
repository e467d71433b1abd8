import { candidatesOf, type TrialRecord } from '../evidence/candidate.js';
import type { Plan } from '../plan/plan.js';
import { targetRatio } from '../scaling/target.js';
import { type Replication, type ReplicationRound, replicate } from './replication.js';

type ReplicatedPlan = Pick<Plan, 'spec' | 'baseline' | 'baselineCost' | 'points' | 'networks'>;

/** Trainings that may be spent on the front beyond the plan's own: what the experiment says, else half as many as the grid has networks. */
export function seedBudgetOf({ spec, points }: Pick<Plan, 'spec' | 'points'>): number {
  const asked = spec.seedBudget ?? null;
  if (asked !== null) return asked;
  if (spec.replicates > 1) return 0;
  const searched = new Set(points.flatMap(({ role, networkId }) => (role === 'grid' ? [networkId] : [])));
  // The noise between seeds cannot be measured without a second one.
  return searched.size < 2 ? 0 : Math.ceil(searched.size / 2);
}

/** Which seeds a search asks for beyond its plan, from the trials that it has: `replicate` over the networks of its grid. */
export function replicatePlanned(
  plan: ReplicatedPlan,
  trials: readonly TrialRecord[],
  validationImages: number | null,
  known: readonly ReplicationRound[] = [],
): Replication {
  const candidates = candidatesOf(plan, trials);
  const targetMacs = plan.baselineCost.macs * targetRatio(plan.spec);
  const policy = { screening: plan.spec.replicates, budget: seedBudgetOf(plan), validationImages, targetMacs };
  return replicate(candidates, policy, known);
}
