import { fTail } from '../distributions.js';
import { type Finding, type HealthInput, pass, searchedEstimates } from './check.js';

/** Variance between the means of networks beyond what seed noise makes of it, as the F test of one-way analysis of variance. */
export function noEffect(input: HealthInput): Finding | null {
  const { sd, degreesOfFreedom } = input.noise;
  const all = searchedEstimates(input);
  if (sd === null || all.length < 3) return null;
  const seeds = all.reduce((sum, { n }) => sum + n, 0);
  const grand = all.reduce((sum, { n, mean }) => sum + n * mean, 0) / seeds;
  const between = all.reduce((sum, { n, mean }) => sum + n * (mean - grand) ** 2, 0) / (all.length - 1);
  const p = fTail(between / sd ** 2, all.length - 1, degreesOfFreedom);
  const found = `F = ${(between / sd ** 2).toFixed(2)} on ${all.length - 1} and ${degreesOfFreedom} degrees of freedom`;
  if (p < 0.05) return pass(`networks differ by more than seeds do (${found}).`);
  return {
    verdict: 'FAIL',
    finding: `the networks differ no more than seeds of one network do (${found}).`,
    remedy: 'Train longer or at a higher φ, so that scaling has an effect to find; any choice here is a guess.',
  };
}
