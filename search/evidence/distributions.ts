import jstat from 'jstat';

const { normal, studentt, centralF } = jstat.jStat;

/** P(Z ≤ x) of the standard normal distribution. */
export function normalCdf(x: number): number {
  return normal.cdf(x, 0, 1);
}

/** The x with P(Z ≤ x) = probability, 0 < probability < 1. */
export function normalQuantile(probability: number): number {
  return normal.inv(probability, 0, 1);
}

/** The x with P(T ≤ x) = probability for Student's t; infinite degrees of freedom give the normal quantile. */
export function tQuantile(probability: number, degreesOfFreedom: number): number {
  return Number.isFinite(degreesOfFreedom) ? studentt.inv(probability, degreesOfFreedom) : normalQuantile(probability);
}

/** The x with P(F ≤ x) = probability for Fisher's F. */
export function fQuantile(probability: number, numerator: number, denominator: number): number {
  return centralF.inv(probability, numerator, denominator);
}

/** P(F > x) for Fisher's F. */
export function fTail(x: number, numerator: number, denominator: number): number {
  return 1 - centralF.cdf(x, numerator, denominator);
}
