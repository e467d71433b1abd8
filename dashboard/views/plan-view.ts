import type { SearchSummary } from '../../db/records.js';
import { savingWords } from '../../search/cost/saving.js';
import { type Candidate, candidatesOf, isSearched, representative } from '../../search/evidence/candidate.js';
import { choiceRules } from '../../search/evidence/choice.js';
import type { Plan } from '../../search/plan/plan.js';
import { realisedMultipliers } from '../../search/scaling/realised-multipliers.js';
import { targetRatio } from '../../search/scaling/target.js';
import { rungEpochs } from '../../search/strategy/halving.js';
import type { NetworkView, PlanView } from '../api.js';

/** What the page shows of a plan. */
export function planView(summary: SearchSummary, plan: Plan): PlanView {
  const { spec, baseline, baselineCost, dataset, recipe, removed, warnings } = plan;
  const candidates = candidatesOf(plan, []);
  return {
    id: summary.id,
    hash: summary.hash,
    name: summary.name,
    question: spec.question,
    expected: spec.expected ?? null,
    simulated: summary.simulation !== null,
    createdMs: summary.createdMs,
    baseline: { name: baseline.title ?? baseline.name, resolutionPx: baseline.resolutionPx, cost: baselineCost },
    dataset,
    recipe,
    rungs: spec.earlyStopping ? rungEpochs(spec.earlyStopping, recipe.epochs) : [],
    targetMacs: baselineCost.macs * targetRatio(spec),
    limits: spec.limits,
    removed,
    warnings,
    networks: plan.networks.map((network, i) => networkView(plan, network, candidates[i] as Candidate)),
    trials: plan.trials.map(({ id, networkId, replicate }) => ({ id, networkId, replicate })),
    rules: Object.fromEntries(Object.entries(choiceRules).map(([name, { words }]) => [name, words])),
  };
}

function networkView(
  plan: Plan,
  { id, network, cost, peakBytes, saving }: Plan['networks'][number],
  own: Candidate,
): NetworkView {
  return {
    id,
    resolutionPx: network.resolutionPx,
    cost,
    peakBytes,
    saving: savingWords(saving),
    realised: cost.macs / plan.baselineCost.macs,
    multipliers: realisedMultipliers(plan.baseline, network),
    points: own.points.map(({ networkId: _network, ...point }) => point),
    representative: own.points.indexOf(representative(own)),
    searched: isSearched(own),
  };
}
