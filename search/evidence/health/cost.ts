import { points } from '../../base/format.js';
import { normalQuantile } from '../distributions.js';
import type { Corrected } from '../equal-cost.js';
import { type Finding, type HealthInput, pass, searchedEstimates } from './check.js';

/** Costs within this factor count as equal. */
const equalFactor = 1.1;

export function unequalCost(input: HealthInput): Finding | null {
  const { candidates, slope, tieSet, byMerit } = input;
  const macsOf = new Map(candidates.map(({ networkId, cost }) => [networkId, cost.macs]));
  const all = searchedEstimates(input);
  if (all.length < 2 || tieSet.length === 0) return null;
  const macs = all.map(({ networkId }) => macsOf.get(networkId) as number);
  const factor = Math.max(...macs) / Math.min(...macs);
  const found = `the most expensive network costs ×${factor.toFixed(2)} of the cheapest`;
  if (factor <= equalFactor || !slope) return pass(`${found}.`);
  const worth = slope.perDoubling * Math.log2(factor);
  const at = (id: string) => slope.corrected.get(id) as Corrected;
  const highest = (ids: readonly string[]) => ids.reduce((a, b) => (at(b).accuracy > at(a).accuracy ? b : a));
  const best = at(highest(all.map(({ networkId }) => networkId)));
  const tied = at(highest(tieSet));
  const lead = best.accuracy - tied.accuracy;
  const isOutside = !byMerit && lead > normalQuantile(0.95) * Math.hypot(best.standardError, tied.standardError);
  const outside = isOutside ? `; at equal cost a network outside the tie set is ${points(lead)} points better` : '';
  return {
    verdict: isOutside ? 'FAIL' : 'WARNING',
    finding: `${found}, worth ${points(worth)} points of accuracy${outside}.`,
    remedy: 'Compare the values at equal cost; scaling.retarget with scaling.rounding "nearest" brings costs nearer.',
  };
}
