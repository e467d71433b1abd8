import { points } from '../words.js';
import { type Finding, type HealthInput, pass, searchedEstimates } from './check.js';

/** Costs within this factor count as equal. */
const equalFactor = 1.1;

export function unequalCost(input: HealthInput): Finding | null {
  const { candidates, slope, tieSet } = input;
  const macsOf = new Map(candidates.map(({ networkId, cost }) => [networkId, cost.macs]));
  const all = searchedEstimates(input);
  if (all.length < 2) return null;
  const macs = all.map(({ networkId }) => macsOf.get(networkId) as number);
  const factor = Math.max(...macs) / Math.min(...macs);
  const found = `the dearest network costs ×${factor.toFixed(2)} of the cheapest`;
  if (factor <= equalFactor || !slope) return pass(`${found}.`);
  const worth = slope.perDoubling * Math.log2(factor);
  const at = (id: string) => slope.corrected.get(id)?.accuracy as number;
  const best = all.reduce((a, b) => (at(b.networkId) > at(a.networkId) ? b : a));
  return {
    verdict: tieSet.includes(best.networkId) ? 'WARNING' : 'FAIL',
    finding: `${found}, worth ${points(worth)} points of accuracy${tieSet.includes(best.networkId) ? '' : '; at equal cost a network outside the tie set is best'}.`,
    remedy: 'Set scaling.retarget, or compare the values at equal cost.',
  };
}
