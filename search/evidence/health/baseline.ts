import { points } from '../../base/format.js';
import { tQuantile } from '../distributions.js';
import { type Finding, type HealthInput, pass } from './check.js';

/** The choice against the baseline at φ = 0, and against the best single dimension at equal cost. */
export function baselineNotBeaten({ candidates, estimates, noise, comparison, chosen }: HealthInput): Finding | null {
  const estimateOf = new Map(estimates.map((estimate) => [estimate.networkId, estimate]));
  const own = chosen === null ? undefined : estimateOf.get(chosen);
  const withRole = (roles: readonly string[]) =>
    candidates
      .filter((each) => each.networkId !== chosen && each.points.some(({ role }) => roles.includes(role)))
      .flatMap(({ networkId }) => estimateOf.get(networkId) ?? []);
  const [baseline] = withRole(['baseline']);
  if (!own || !baseline || noise.sd === null) return null;
  const gain = own.mean - baseline.mean;
  const error = noise.sd * Math.sqrt(1 / own.n + 1 / baseline.n);
  const needed = tQuantile(0.95, noise.degreesOfFreedom) * error;
  const found = `the choice is ${points(gain)} points above the baseline`;
  if (gain <= 0) {
    return {
      verdict: 'FAIL',
      finding: `${found}: the added compute bought nothing.`,
      remedy: 'Train longer, with more data or with stronger regularisation: the baseline may already be enough.',
    };
  }
  if (gain <= needed) {
    return {
      verdict: 'WARNING',
      finding: `${found}, less than the ${points(needed)} that chance explains.`,
      remedy: 'Train replicates of the baseline and of the choice.',
    };
  }
  const [rival] = comparison
    .filter(({ role, isChoice }) => role !== 'baseline' && !isChoice)
    .toSorted((a, b) => a.difference - b.difference);
  if (rival && rival.difference <= 0) {
    const sure = rival.interval[1] < 0 ? '' : ', which chance may explain';
    return {
      verdict: 'WARNING',
      finding: `${found}, but ${rival.role} alone is ${points(-rival.difference)} points above it at equal cost${sure}.`,
      remedy: `Train replicates of both; if it stays so, scale ${rival.role} alone.`,
    };
  }
  return pass(`${found}${rival ? ', and above every single dimension at equal cost' : ''}.`);
}
