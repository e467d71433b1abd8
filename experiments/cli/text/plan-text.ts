import { bytes, shortCount as count, plural, times } from '../../../search/base/format.js';
import { isSaving, savingWords, slowdown } from '../../../search/cost/saving.js';
import { misfits } from '../../../search/plan/fit-plan.js';
import type { Plan, PlannedNetwork } from '../../../search/plan/plan.js';
import { planSummary } from '../../../search/plan/plan-summary.js';
import { type HalvingRule, rungEpochs } from '../../../search/strategy/halving.js';

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
    `             ${plural(summary.withinTolerance, 'point')} with a realised cost within the tolerance of ${times(product ** phi)}`,
    ...plan.removed.map(
      ({ limit, max, points, overBy }) =>
        `Limit        ${limit} ≤ ${count(max)} removed ${plural(points, 'point')}, which exceed it by ${times(overBy.min)} … ${times(overBy.max)}`,
    ),
    ...(summary.series.networks > 0
      ? [
          `Comparison   ${plural(summary.series.networks, 'network')} scaled in one dimension at about the same realised costs, and the baseline; some may also be in the grid`,
        ]
      : []),
    `Trials       ${plural(summary.trials, 'training')} of ${plural(plan.recipe.epochs, 'epoch')}, batch ${plan.recipe.batch}, predicted peak memory up to ${bytes(largest)} each on the ${(plan.machine ?? plan).engine} engine`,
    ...describeSavings(plan).map((line) => `Memory       ${line}`),
    ...(spec.earlyStopping ? [`Stopping     ${stoppingText(spec.earlyStopping, plan.recipe.epochs)}`] : []),
    ...(summary.seedBudget > 0
      ? [
          `Seeds        up to ${plural(summary.seedBudget, 'further training')} for the tie set, in rounds until it stops shrinking`,
        ]
      : []),
    `Plan         ${plan.hash.slice(0, 12)}`,
    ...plan.warnings.map((warning) => `Warning      ${warning}`),
  ].join('\n');
}

/** Lines about the networks that save memory in training and those that fit into no slot; none if all fit as they are. */
export function describeSavings(plan: Plan): string[] {
  const byWords = new Map<string, PlannedNetwork[]>();
  for (const network of plan.networks.filter(({ saving }) => isSaving(saving))) {
    const words = savingWords(network.saving);
    byWords.set(words, [...(byWords.get(words) ?? []), network]);
  }
  const lines = [...byWords].map(([words, networks]) => {
    const [{ saving }] = networks as [PlannedNetwork];
    const most = Math.max(...networks.map(({ peakBytes }) => peakBytes));
    const slower = slowdown(saving) > 1 ? `, in about ${times(slowdown(saving))} of the time` : '';
    return `${plural(networks.length, 'network')} would not fit in memory otherwise and ${networks.length === 1 ? 'is' : 'are'} trained ${words}: up to ${bytes(most)}${slower}`;
  });
  const { machine } = plan;
  const [worst, ...others] = machine ? misfits(plan, machine.memoryBytes) : [];
  if (!machine || !worst) return lines;
  const tried = savingWords(worst.least.saving);
  return [
    ...lines,
    `${plural(others.length + 1, 'network')} ${others.length === 0 ? 'does' : 'do'} not fit into a slot of ${bytes(machine.memoryBytes)}: ${worst.network.id} needs ${bytes(worst.least.peakBytes)}${tried === '' ? '' : ` even ${tried}`}; \`triscale run\` refuses this plan here`,
  ];
}

/** Early stopping in words. */
function stoppingText(rule: HalvingRule, epochs: number): string {
  const rungs = rungEpochs(rule, epochs);
  if (rungs.length === 0) return 'none: the first rung would not come before the last epoch';
  const unit = rule.by === 'macs' ? ' of a network of median cost, and at equal training macs of the others' : '';
  return `early: one in ${rule.eta} of the grid's trials continues past epoch ${rungs.join(', ')}${unit}; the others pause and keep their checkpoints`;
}
