import { type HalvingRule, rungEpochs } from '../../search/evidence/halving-rule.js';
import type { Plan } from '../../search/plan.js';
import { planSummary } from '../../search/plan-summary.js';
import { bytes, count, plural, times } from './format.js';

/** A plan in words: the question, the grid with nominal and realised cost, what limits removed, and warnings. */
export function describePlan(plan: Plan): string {
  const summary = planSummary(plan);
  const { spec } = plan;
  const largest = Math.max(...plan.networks.map(({ peakBytes }) => peakBytes));
  const { product, tolerance, phi } = spec.grid;
  return [
    `${spec.name}: ${spec.question}`,
    ...(spec.expected ? [`Expected: ${spec.expected}`] : []),
    ...(spec.cost ? [`Cost: ${spec.cost}`] : []),
    '',
    `Baseline     ${plan.baseline.name} at ${plan.baseline.resolutionPx} px: ${count(plan.baselineCost.macs)} macs, ${count(plan.baselineCost.params)} params (${plan.baseline.classes} classes)`,
    `Grid         ${plural(summary.gridPointsBeforeLimits, 'point')} with |α·β²·γ² − ${product}| ≤ ${tolerance} at φ = ${phi}, rounding ${spec.scaling.rounding}${spec.scaling.retarget ? ', retargeted' : ''}`,
    `             ${summary.points < summary.gridPointsBeforeLimits ? `${plural(summary.points, 'point')} within the limits, ` : ''}${plural(summary.networks, 'distinct network')}; nominal cost ${times(summary.nominal.min)} … ${times(summary.nominal.max)}, realised macs ${times(summary.realised.min)} … ${times(summary.realised.max)}`,
    `             ${plural(summary.withinTolerance, 'point')} within the tolerance of ${times(product ** phi)} when realised`,
    ...plan.removed.map(
      ({ limit, max, points, overBy }) =>
        `Limit        ${limit} ≤ ${count(max)} removed ${plural(points, 'point')}, over by ${times(overBy.min)} … ${times(overBy.max)}`,
    ),
    ...(summary.series.networks > 0
      ? [
          `Comparison   ${plural(summary.series.networks, 'network')} scaled in one dimension at about the same realised costs, and the baseline; some may be in the grid too`,
        ]
      : []),
    `Trials       ${plural(summary.trials, 'training')} of ${plural(plan.recipe.epochs, 'epoch')}, batch ${plan.recipe.batch}, predicted peak memory up to ${bytes(largest)} each on the wasm engine`,
    ...(spec.earlyStopping ? [`Stopping     ${stoppingText(spec.earlyStopping, plan.recipe.epochs)}`] : []),
    ...(summary.seedBudget > 0
      ? [
          `Seeds        up to ${plural(summary.seedBudget, 'further training')} for the networks that cannot be told from the best, in rounds until their number stops shrinking`,
        ]
      : []),
    `Plan         ${plan.hash.slice(0, 12)}`,
    ...plan.warnings.map((warning) => `Warning      ${warning}`),
  ].join('\n');
}

/** Early stopping in words. */
function stoppingText(rule: HalvingRule, epochs: number): string {
  const rungs = rungEpochs(rule, epochs);
  if (rungs.length === 0) return 'none: the first rung would lie at the last epoch or behind it';
  const unit = rule.by === 'macs' ? ' of a network of median cost, others at the same macs' : '';
  return `early, one in ${rule.eta} of the grid's trials goes on from epoch ${rungs.join(', ')}${unit}; the others keep their checkpoints`;
}
