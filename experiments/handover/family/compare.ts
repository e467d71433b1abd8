import { tQuantile } from '../../../search/evidence/distributions.js';
import type { FamilyRule } from '../../../search/evidence/family.js';
import type { SeedNoise } from '../../../search/evidence/noise.js';
import type { Selection } from '../../../search/evidence/select.js';
import type { Trained, TrainedAccuracy } from '../exports/family-tables.js';
import type { FamilyRecord } from './record.js';

/** A member beside one of its rivals at the same realised cost, as nearly as rounding allows. */
export interface Comparison {
  readonly phi: number;
  readonly rival: FamilyRule;
  /** Accuracy of the member less that of the rival, a share. */
  readonly difference: number;
  /** 95 % interval of the difference; null while the seed noise is unknown. */
  readonly interval: readonly [low: number, high: number] | null;
  /** Macs of the member over the rival's. */
  readonly costRatio: number;
}

/** The accuracy of the trained networks of a family, by network id. */
export function trainedAccuracies({ estimates }: Pick<Selection, 'estimates'>): Trained {
  return new Map(
    estimates.map(({ networkId, mean, n, interval }): [string, TrainedAccuracy] => {
      return [networkId, { mean, seeds: n, half: interval ? (interval[1] - interval[0]) / 2 : null }];
    }),
  );
}

/** Each trained member beside each of its trained rivals, by φ. The interval is Student's t on the pooled noise between seeds. */
export function compareFamily(
  { rows }: FamilyRecord,
  trained: Trained,
  { sd, degreesOfFreedom }: SeedNoise,
): Comparison[] {
  return rows.flatMap((rival) => {
    const member = rows.find(({ rule, phi }) => rule === 'compound' && phi === rival.phi);
    const [mine, theirs] = [trained.get(member?.networkId ?? ''), trained.get(rival.networkId)];
    if (rival.rule === 'compound' || !member || !mine || !theirs) return [];
    const difference = mine.mean - theirs.mean;
    // Rounding may lead both to the same network.
    const isSame = member.networkId === rival.networkId;
    const half =
      isSame || sd === null
        ? 0
        : tQuantile(0.975, degreesOfFreedom) * sd * Math.sqrt(1 / mine.seeds + 1 / theirs.seeds);
    const interval = sd === null ? null : ([difference - half, difference + half] as const);
    return [{ phi: rival.phi, rival: rival.rule, difference, interval, costRatio: member.cost.macs / rival.cost.macs }];
  });
}

/** The comparisons in sentences: for each φ, the member beside the best of the single dimensions. */
export function compareInWords(comparisons: readonly Comparison[]): string[] {
  const phis = [...new Set(comparisons.map(({ phi }) => phi))];
  return phis.flatMap((phi) => {
    const single = comparisons.filter((one) => one.phi === phi && one.rival !== 'fast');
    const [best] = single.toSorted((a, b) => a.difference - b.difference);
    if (!best) return [];
    const points = (share: number) => `${share < 0 ? '−' : '+'}${Math.abs(100 * share).toFixed(2)}`;
    const { rival, difference, interval, costRatio } = best;
    const range = interval
      ? `, 95 % interval ${points(interval[0])} to ${points(interval[1])}`
      : ', noise unknown: train more seeds';
    const verdict = !interval
      ? ''
      : interval[0] > 0
        ? ' Compound scaling is better.'
        : interval[1] < 0
          ? ` ${rival.charAt(0).toUpperCase()}${rival.slice(1)} alone is better.`
          : ' The difference is within the noise.';
    return [
      `φ = ${phi}: compound ${points(difference)} points against ${rival} alone, the best single dimension, at ×${costRatio.toFixed(2)} of its macs${range}.${verdict}`,
    ];
  });
}
