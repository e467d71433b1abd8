import type { Estimate } from '../../../search/evidence/estimate.js';
import { coefficient, count, percent, plural, points, times } from './format.js';
import type { NetworkRow } from './model.js';

/** α, β, γ, φ of a network on one line. */
export function coefficientsText({ point: { alpha, beta, gamma, phi } }: Pick<NetworkRow, 'point'>): string {
  return `α ${coefficient(alpha)}  β ${coefficient(beta)}  γ ${coefficient(gamma)}  φ ${coefficient(phi)}`;
}

/**
 * Everything that belongs to a mean: `76.31 ± 0.41 %, 95 % interval 75.90 to 76.72, 3 seeds`. The standard deviation between its own seeds is
 * there from two seeds on, the interval as soon as the noise between seeds is known.
 */
export function accuracyText({ estimate }: Pick<NetworkRow, 'estimate'>): string {
  return estimate ? estimateText(estimate) : 'no result yet';
}

export function estimateText(estimate: Estimate): string {
  return `${meanText(estimate)}, ${sureText(estimate)}`;
}

/** The mean with its standard deviation. */
export function meanText({ mean, ownSd }: Estimate): string {
  return ownSd === null ? percent(mean) : `${points(mean)} ± ${points(ownSd)} %`;
}

/** How sure a mean is: its interval and its seeds. */
export function sureText({ interval, n }: Estimate): string {
  const range = interval ? `95 % interval ${points(interval[0])} to ${points(interval[1])}, ` : '';
  return `${range}${plural(n, 'seed')}`;
}

export const verdictText: Readonly<Record<NetworkRow['verdict'], string>> = {
  chosen: 'chosen',
  tied: 'tied with the best',
  rejected: 'rejected',
  compared: 'reference',
  open: 'no result yet',
};

/** Everything that hovering over a network tells, a line each. */
export function networkLines(row: NetworkRow): string[] {
  const { network, point, verdict, reason } = row;
  const { depth, width, resolution } = network.multipliers;
  return [
    accuracyText(row),
    `realised: d ${times(depth)}  w ${times(width)}  r ${times(resolution)}  ${network.resolutionPx} px`,
    `cost: ${times(network.realised)} realised, ${times(point.nominal)} nominal`,
    `${count(network.cost.macs)} MACs · ${count(network.cost.params)} params · ${count(network.cost.activations)} activations`,
    reason ? `${verdictText[verdict]}: ${reason}` : verdictText[verdict],
  ];
}
