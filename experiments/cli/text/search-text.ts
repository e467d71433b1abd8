import { coefficient, shortCount as count, percent, plural, points, times } from '../../../search/base/format.js';
import { isSearched, representative } from '../../../search/evidence/candidate.js';
import type { Comparison } from '../../../search/evidence/comparison.js';
import type { Selection } from '../../../search/evidence/select.js';
import type { SurfaceSummary } from '../../../search/evidence/surface-summary.js';
import { judgementsOf } from '../../../search/evidence/verdict.js';
import { targetRatio } from '../../../search/scaling/target.js';
import type { SearchEvidence } from '../../handover/evidence.js';
import { type Console, table } from '../console.js';

/** The trials of a search by state, in words: `19 completed, 1 failed`. */
export function describeTrials(trials: Readonly<Record<string, number>>): string {
  const parts = Object.entries(trials).filter(([, n]) => n > 0);
  return parts.map(([state, n]) => `${n} ${state}`).join(', ') || 'none';
}

/** The networks of a search by merit, with their realised cost: `most` rows at most, the chosen one marked by `strong`. */
export function networkTable(
  { plan, candidates, selection }: SearchEvidence,
  strong: Console['strong'],
  most = Number.POSITIVE_INFINITY,
): string {
  const judgementOf = judgementsOf(selection);
  const networkOf = new Map(plan.networks.map((planned) => [planned.id, planned.network]));
  const ranked = candidates
    .flatMap((candidate) => {
      const { estimate, verdict } = judgementOf(candidate.networkId, isSearched(candidate));
      return estimate ? [{ candidate, estimate, verdict, point: representative(candidate) }] : [];
    })
    .sort((a, b) => worth(b.estimate) - worth(a.estimate));
  const byMerit = selection.merit !== null;
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
      ...(byMerit
        ? [
            estimate.theta ? `${percent(estimate.theta.mean)} ± ${points(estimate.theta.halfWidth)}` : '?',
            estimate.probabilityBest === null ? '' : percent(estimate.probabilityBest),
            estimate.expectedRegret === null ? '' : points(estimate.expectedRegret),
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
    ...(byMerit ? [`at ${times(targetRatio(plan.spec))} (θ)`, 'P(best)', 'regret'] : []),
  ];
  const left = ranked.length - rows.length;
  const legend = [
    'validation: accuracy at the last epoch; sd: between seeds, in points; ± 95 %: half of its confidence interval; realised: macs over the baseline’s.',
    ...(byMerit
      ? [
          'θ: accuracy at the target cost, ± half of its 95 % interval; P(best): probability to be the best of the grid at equal cost; regret: points that taking it is expected to lose.',
        ]
      : []),
  ].join('\n');
  const chosen = ranked.findIndex(({ verdict }) => verdict === 'chosen');
  const lines = table(heads, rows).split('\n');
  const marked = lines.map((line, i) => (i === chosen + 1 && chosen >= 0 ? strong(line) : line)).join('\n');
  return `${marked}${left > 0 ? `\n… and ${plural(left, 'more network')}` : ''}\n${legend}`;
}

/** What networks are ranked by: merit at equal cost where it is known. */
function worth({ theta, mean }: Selection['estimates'][number]): number {
  return theta?.mean ?? mean;
}

/** The answer first: whether the search has decided, how sure that is and what a wrong pick costs; then the reasons, in sentences. */
export function describeChoice({ plan, selection }: SearchEvidence): string {
  const { choice, tieSet, test, advice, surface, comparison } = selection;
  if (!choice) return 'No choice yet: no network of the grid has a finished trial.';
  const { alpha, beta, gamma, phi } = choice.coefficients;
  return [
    verdict(selection),
    `Chosen: α = ${alpha}, β = ${beta}, γ = ${gamma} at φ = ${Number(phi.toFixed(4))} on ${plan.baseline.name} (${choice.reason}).`,
    `${plural(tieSet.length, 'candidate')} cannot be told from the best (${test}).`,
    ...(comparison.length > 0 ? [describeComparison(comparison)] : []),
    ...(surface ? [describeSurface(surface)] : []),
    ...advice,
  ].join('\n');
}

/** One sentence that a practitioner can act on. */
function verdict({ choice, tieSet, estimates, merit }: Selection): string {
  const own = estimates.find(({ networkId }) => networkId === choice?.networkId);
  if (!choice || !own || !merit) return 'Not decided: no network has a second seed yet, so nothing can be told apart.';
  const { alpha, beta, gamma } = choice.coefficients;
  const name = `α = ${coefficient(alpha)}, β = ${coefficient(beta)}, γ = ${coefficient(gamma)}`;
  const probability = own.probabilityBest === null ? '' : ` (best with probability ${percent(own.probabilityBest)})`;
  const regret =
    own.expectedRegret === null
      ? ''
      : `; at equal cost it is expected to lose ${points(own.expectedRegret)} points against the best`;
  if (tieSet.length === 1) return `Decided: ${name}${probability}${regret}.`;
  return `Not decided: ${plural(tieSet.length, 'network')} may be best. ${name}${probability} is the one to take${regret}. More seeds decide: triscale extend.`;
}

/** The optimum of the fitted surface and its uncertainty. */
function describeSurface({ optimum, region, explained }: SurfaceSummary): string {
  const { alpha, beta, gamma } = optimum.coefficients;
  const at = [alpha, beta, gamma].map(coefficient);
  const share = ([low, high]: readonly [number, number]) =>
    `${Math.round(100 * low) + 0} to ${Math.round(100 * high) + 0} %`;
  const where = region
    ? `; with 95 % confidence ${share(region.depth)} of the extra compute belongs to depth, ${share(region.width)} to width, ${share(region.resolution)} to resolution`
    : '';
  return `The fitted surface is highest at α = ${at[0]}, β = ${at[1]}, γ = ${at[2]} with ${percent(optimum.accuracy)} ± ${points(optimum.standardError)} at the target cost, and explains ${(100 * explained).toFixed(0)} % of the variance${where}.`;
}

/** By how many points the choice beats each of the others at equal cost, in one sentence. */
function describeComparison(comparisons: readonly Comparison[]): string {
  const parts = comparisons.map(({ role, difference, interval, isChoice }) => {
    const other = role === 'baseline' ? 'the baseline' : `${role} alone`;
    if (isChoice) return `it is ${other}`;
    const half = points((interval[1] - interval[0]) / 2);
    return `${difference < 0 ? '−' : '+'}${points(Math.abs(difference))} ± ${half} against ${other}`;
  });
  return `The choice at equal cost, in points, ± half of the 95 % interval: ${parts.join(', ')}.`;
}
