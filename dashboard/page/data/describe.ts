import { coefficient, count, none, percent, plural, points, times } from './format.js';
import type { NetworkRow } from './model.js';

/** α, β, γ, φ of a network on one line. */
export function coefficientsText({ point: { alpha, beta, gamma, phi } }: Pick<NetworkRow, 'point'>): string {
  return `α ${coefficient(alpha)}  β ${coefficient(beta)}  γ ${coefficient(gamma)}  φ ${coefficient(phi)}`;
}

/** Mean with its interval, such as `76.31 % [75.90, 76.72]`. */
export function accuracyText({ estimate }: Pick<NetworkRow, 'estimate'>): string {
  if (!estimate) return 'no result yet';
  const { mean, interval } = estimate;
  return interval ? `${percent(mean)} [${points(interval[0])}, ${points(interval[1])}]` : percent(mean);
}

export const verdictText: Readonly<Record<NetworkRow['verdict'], string>> = {
  chosen: 'chosen',
  tied: 'tied with the best',
  rejected: 'rejected',
  compared: 'for comparison',
  open: 'no result yet',
};

/** Everything that hovering over a network tells, a line each. */
export function networkLines(row: NetworkRow): string[] {
  const { network, point, estimate, verdict, reason } = row;
  const { depth, width, resolution } = network.multipliers;
  const seeds = estimate
    ? `${plural(estimate.n, 'seed')}${estimate.ownSd === null ? '' : `, sd ${points(estimate.ownSd)} points`}`
    : none;
  return [
    `${accuracyText(row)} · ${seeds}`,
    `built: d ${times(depth)}  w ${times(width)}  r ${times(resolution)}  ${network.resolutionPx} px`,
    `cost: ${times(network.realised)} realised, ${times(point.nominal)} nominal`,
    `${count(network.cost.macs)} macs · ${count(network.cost.params)} params · ${count(network.cost.activations)} activations`,
    reason ? `${verdictText[verdict]}: ${reason}` : verdictText[verdict],
  ];
}
