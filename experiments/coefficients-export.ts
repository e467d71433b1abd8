import type { Coefficients } from '../search/coefficients.js';
import { multipliers } from '../search/coefficients.js';
import { representative } from '../search/evidence/candidate.js';
import { targetRatio } from '../search/target.js';
import type { SearchEvidence } from './evidence.js';

/**
 * The chosen coefficients with everything that one needs to check them; null while nothing can be chosen. Equal evidence gives an equal
 * record: there is no clock in it.
 */
export function coefficientsExport({ summary, plan, candidates, selection }: SearchEvidence, version: string) {
  const { choice } = selection;
  const chosen = candidates.find(({ networkId }) => networkId === choice?.networkId);
  const planned = plan.networks.find(({ id }) => id === choice?.networkId);
  if (!choice || !chosen || !planned) return null;
  const { alpha, beta, gamma, phi }: Coefficients = choice.coefficients;
  const estimateOf = new Map(selection.estimates.map((estimate) => [estimate.networkId, estimate]));
  return {
    format: 'triscale-coefficients',
    version,
    simulated: summary.simulation !== null,
    coefficients: { alpha, beta, gamma, phi },
    multipliers: multipliers({ alpha, beta, gamma, phi }),
    network: planned.network,
    cost: planned.cost,
    realised: planned.cost.macs / plan.baselineCost.macs,
    nominal: representative(chosen).nominal,
    accuracy: estimateOf.get(choice.networkId),
    choice: { rule: choice.rule, reason: choice.reason },
    tieSet: selection.tieSet.map((id) => ({ networkId: id, ...estimateOf.get(id) })),
    test: selection.test,
    noise: selection.noise,
    advice: selection.advice,
    provenance: {
      experiment: plan.spec.name,
      question: plan.spec.question,
      planHash: summary.hash,
      baseline: plan.baseline.name,
      targetRatio: targetRatio(plan.spec),
      seed: plan.spec.seed,
      recipe: plan.recipe,
      dataset: plan.dataset,
      datasetDigest: summary.datasetDigest,
      trials: summary.trials,
      accuracyIsOf: 'the validation split at the last epoch; the test split was not read',
    },
  };
}
