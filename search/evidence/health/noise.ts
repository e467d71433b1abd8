import { points } from '../../base/format.js';
import { type Finding, type HealthInput, pass } from './check.js';

export function noiseAboveSpread({ spread }: HealthInput): Finding | null {
  if (!spread) return null;
  const between = spread.betweenSd;
  const found = `networks differ by ${points(between)} points, seeds by ${points(spread.noiseSd)} (standard deviations)`;
  if (between >= spread.noiseSd) return pass(`${found}.`);
  return {
    verdict: between < spread.noiseSd / 3 ? 'FAIL' : 'WARNING',
    finding: `${found}.`,
    remedy: `Give the front more seeds, or train longer: ${Math.ceil((15.7 * spread.noiseSd ** 2) / between ** 2)} seeds each show a typical difference with 80 % power.`,
  };
}
