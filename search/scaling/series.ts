import type { Coefficients } from './coefficients.js';

/** Which single dimension a comparison network grows in. */
export type SeriesRole = 'depth' | 'width' | 'resolution';

/**
 * The three ways to spend all compute on one dimension, as directions with α·β²·γ² = 2 (arXiv 1905.11946, figure 3). Points of a series
 * are these directions at the φ that meets a target cost.
 */
export const seriesDirections: Readonly<Record<SeriesRole, Omit<Coefficients, 'phi'>>> = {
  depth: { alpha: 2, beta: 1, gamma: 1 },
  width: { alpha: 1, beta: Math.SQRT2, gamma: 1 },
  resolution: { alpha: 1, beta: 1, gamma: Math.SQRT2 },
};

/**
 * Costs at which the series are compared with the grid, relative to the baseline: the least, the median and the largest realised cost of
 * the grid's points, equal ones once.
 */
export function seriesTargets(realised: readonly number[]): number[] {
  const sorted = Float64Array.from(realised).sort();
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))];
  return [...new Set([at(0), at(0.5), at(1)])].filter((target) => target !== undefined);
}
