import { points } from '../../base/format.js';
import { type Candidate, isSearched } from '../candidate.js';
import { sharesOf } from '../shares.js';
import { surfaceAt } from '../surface.js';
import { type Finding, type HealthInput, pass } from './check.js';

/** Whether the optimum falls between the points: the nearest network loses more than a seed does. */
export function gridTooCoarse({ surface, candidates, spread }: HealthInput): Finding | null {
  if (!surface || !spread || surface.optimum.edge.length > 0) return null;
  const { shares, accuracy } = surface.optimum;
  const away = (candidate: Candidate) => {
    const own = sharesOf(candidate.multipliers);
    return Math.hypot(own.depth - shares.depth, own.width - shares.width, own.resolution - shares.resolution);
  };
  const searched = candidates.filter(isSearched);
  const nearest = searched.reduce((a, b) => (away(b) < away(a) ? b : a));
  const loss = accuracy - surfaceAt(surface, sharesOf(nearest.multipliers)).value;
  const found = `the nearest network is fitted ${points(loss)} points below the optimum`;
  if (loss <= spread.noiseSd) return pass(`${found}.`);
  return {
    verdict: 'WARNING',
    finding: `${found}, more than seeds differ (${points(spread.noiseSd)}).`,
    remedy: 'Refine the grid: a smaller step of α, β and γ.',
  };
}
