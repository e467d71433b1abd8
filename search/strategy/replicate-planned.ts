import { plural } from '../base/format.js';
import { candidatesOf, type TrialRecord } from '../evidence/candidate.js';
import type { Plan } from '../plan/plan.js';
import { targetRatio } from '../scaling/target.js';
import { type ReplicationRound, replicate } from './replication.js';
import { type History, isUnfinished, notProposed, type Step, type Strategy, type TrialReport } from './strategy.js';

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

/** Gives the front of a search further seeds, round by round, until the evidence asks for no more: `replicate` over its searched networks. */
export class FrontReplication implements Strategy {
  /** Worked out before: a round, once decided, stays. */
  private rounds: readonly ReplicationRound[] = [];
  private readonly budget: number;

  constructor(private readonly plan: ReplicatedPlan) {
    this.budget = seedBudgetOf(plan);
  }

  next(history: History): Step {
    const { plan, budget } = this;
    if (budget === 0) return { state: 'done', notes: [] };
    // A trial of an earlier round is retried: rounds that were decided without it wait for it.
    if (history.trials.some(isUnfinished)) return { state: 'wait', until: 'all', notes: [] };
    const networks = [...plan.networks, ...history.networks];
    const known = { baseline: plan.baseline, points: [...plan.points, ...history.points], networks };
    const candidates = candidatesOf(known, history.trials.map(toRecord));
    const targetMacs = plan.baselineCost.macs * targetRatio(plan.spec);
    const policy = {
      screening: plan.spec.replicates,
      budget,
      validationImages: history.validationImages,
      targetMacs,
    };
    const { rounds, open, stopped } = replicate(candidates, policy, this.rounds);
    this.rounds = rounds;
    const end = (why: string): Step => ({ state: 'done', notes: [`no further seeds: ${why}`] });
    if (open.length === 0) return end(stopped ?? 'the screening is not over');
    // A trial of the screening that failed and was retried later may change what earlier rounds would ask for; the seeds they got are spent.
    const spent = history.trials.filter((trial) => trial.replicate >= plan.spec.replicates).length;
    const trials = notProposed(open.slice(0, Math.max(0, budget - spent)), history);
    if (trials.length === 0) return end('the seed budget is spent');
    const tied = rounds.at(-1)?.tieSetBefore ?? 0;
    const size = new Set(trials.map(({ networkId }) => networkId)).size;
    return {
      state: 'propose',
      trials,
      notes: [
        `round ${rounds.length} of replication: ${plural(trials.length, 'more seed')} for ${size} of the ${tied} networks that cannot be told from the best`,
      ],
    };
  }
}

function toRecord(trial: TrialReport): TrialRecord {
  const { networkId, replicate } = trial;
  if (trial.state === 'completed')
    return { networkId, replicate, state: 'completed', accuracy: trial.accuracy, curve: [] };
  if (trial.state === 'failed') return { networkId, replicate, state: 'failed', what: trial.what };
  return { networkId, replicate, state: 'unfinished', what: trial.state };
}
