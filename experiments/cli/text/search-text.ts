import { coefficient, shortCount as count, percent, plural, points, times } from '../../../search/base/format.js';
import { isSearched, representative } from '../../../search/evidence/candidate.js';
import type { Comparison } from '../../../search/evidence/comparison.js';
import type { SurfaceSummary } from '../../../search/evidence/surface-summary.js';
import { judgementsOf } from '../../../search/evidence/verdict.js';
import { targetRatio } from '../../../search/scaling/target.js';
import type { SearchEvidence } from '../../handover/evidence.js';
import { table } from '../console.js';

/** The trials of a search by state, in words: `19 completed, 1 failed`. */
export function describeTrials(trials: Readonly<Record<string, number>>): string {
  const parts = Object.entries(trials).filter(([, n]) => n > 0);
  return parts.map(([state, n]) => `${n} ${state}`).join(', ') || 'none';
}

/** The networks of a search by validation accuracy, with their realised cost; `most` rows at most. */
export function networkTable({ plan, candidates, selection }: SearchEvidence, most = Number.POSITIVE_INFINITY): string {
  const judgementOf = judgementsOf(selection);
  const networkOf = new Map(plan.networks.map((planned) => [planned.id, planned.network]));
  const ranked = candidates
    .flatMap((candidate) => {
      const { estimate, verdict } = judgementOf(candidate.networkId, isSearched(candidate));
      return estimate ? [{ candidate, estimate, verdict, point: representative(candidate) }] : [];
    })
    .sort((a, b) => b.estimate.mean - a.estimate.mean);
  const corrected = ranked.some(({ estimate }) => estimate.atTargetCost !== null);
  const rows = ranked.slice(0, most).map(({ candidate, estimate, verdict, point }) => {
    const network = networkOf.get(candidate.networkId);
    return [
      candidate.networkId,
      verdict === 'chosen' || verdict === 'tied' ? verdict : '',
      point.role,
      ...[point.alpha, point.beta, point.gamma].map((c) => c.toFixed(3).replace(/0$/, '')),
      network?.resolutionPx ?? '',
      count(candidate.cost.params),
      count(candidate.cost.macs),
      times(candidate.cost.macs / plan.baselineCost.macs),
      count(candidate.cost.activations),
      percent(estimate.mean),
      estimate.ownSd === null ? '' : points(estimate.ownSd),
      estimate.interval ? (50 * (estimate.interval[1] - estimate.interval[0])).toFixed(2) : '?',
      estimate.n,
      ...(corrected
        ? [
            estimate.atTargetCost
              ? `${percent(estimate.atTargetCost.accuracy)} ± ${points(estimate.atTargetCost.standardError)}`
              : '',
          ]
        : []),
    ];
  });
  const heads = [
    'network',
    '',
    'role',
    'α',
    'β',
    'γ',
    'px',
    'params',
    'macs',
    'realised',
    'activations',
    'validation',
    'sd',
    '± 95 %',
    'seeds',
    ...(corrected ? [`at ${times(targetRatio(plan.spec))}`] : []),
  ];
  const left = ranked.length - rows.length;
  const legend = [
    'validation: accuracy at the last epoch; sd: between its seeds, in points; ± 95 %: half of its interval; realised: macs over the baseline’s.',
    ...(corrected
      ? ['at ×…: corrected to the target cost by the slope of accuracy against log macs, ± its standard error.']
      : []),
  ].join('\n');
  return `${table(heads, rows)}${left > 0 ? `\n… and ${plural(left, 'more network')}` : ''}\n${legend}`;
}

/** What was chosen and why, in sentences. */
export function describeChoice({ plan, selection }: SearchEvidence): string {
  const { choice, tieSet, test, advice, surface, comparison } = selection;
  if (!choice) return 'No choice: no network of the grid has a finished trial.';
  const { alpha, beta, gamma, phi } = choice.coefficients;
  return [
    `Chosen: α = ${alpha}, β = ${beta}, γ = ${gamma} at φ = ${Number(phi.toFixed(4))} on ${plan.baseline.name} (${choice.reason}).`,
    `${plural(tieSet.length, 'candidate')} cannot be told from the best (${test}).`,
    ...(comparison.length > 0 ? [describeComparison(comparison)] : []),
    ...(surface ? [describeSurface(surface)] : []),
    ...advice,
  ].join('\n');
}

/** Where the fitted surface is highest, and how well that is known. */
function describeSurface({ optimum, region, explained }: SurfaceSummary): string {
  const { alpha, beta, gamma } = optimum.coefficients;
  const at = [alpha, beta, gamma].map(coefficient);
  const share = ([low, high]: readonly [number, number]) =>
    `${Math.round(100 * low) + 0} to ${Math.round(100 * high) + 0} %`;
  const where = region
    ? `; with 95 % confidence ${share(region.depth)} of the extra compute belong to depth, ${share(region.width)} to width, ${share(region.resolution)} to resolution`
    : '';
  return `The fitted surface is highest at α = ${at[0]}, β = ${at[1]}, γ = ${at[2]} with ${percent(optimum.accuracy)} ± ${points(optimum.standardError)} at the target cost, and explains ${(100 * explained).toFixed(0)} % of the variance${where}.`;
}

/** By how many points the choice beats each of the others, in one sentence. */
function describeComparison(comparisons: readonly Comparison[]): string {
  const parts = comparisons.map(({ role, difference, standardError, isChoice }) => {
    const other = role === 'baseline' ? 'the baseline' : `${role} alone`;
    if (isChoice) return `it is ${other}`;
    const error = standardError === null ? '' : ` ± ${points(standardError)}`;
    return `${difference < 0 ? '−' : '+'}${points(Math.abs(difference))}${error} against ${other}`;
  });
  const cost = comparisons.some(({ atTargetCost }) => atTargetCost) ? ' (single dimensions at equal cost)' : '';
  return `The choice in points, ± standard error${cost}: ${parts.join(', ')}.`;
}
