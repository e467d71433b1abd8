import { InputError } from '../base/errors.js';
import { type Coefficients, nominalProduct } from '../scaling/coefficients.js';
import type { GridSpec, Range } from './experiment.js';

/** More combinations than this are refused: a step that is too small by mistake would fill the memory. */
const mostCombinations = 20_000_000;

/** How many values a range has. `to` is on the range's grid: the schema has checked it. */
function rangeCount({ from, to, step }: Range): number {
  return Math.round((to - from) / step) + 1;
}

/**
 * The values from, from + step, … to; each is its index times the step, free of the error that adding up would gather. Both ends are as
 * they were given, also where the step is a decimal cut short: 1, 1.3333333, 1.6666666, 2.
 */
export function rangeValues(range: Range): number[] {
  const values = Array.from({ length: rangeCount(range) }, (_, i) => decimal(range.from + i * range.step));
  values[values.length - 1] = range.to;
  values[0] = range.from;
  return values;
}

/**
 * The points of the grid with |α·β²·γ² − product| ≤ tolerance, in the order of α, β, γ. The comparison is between doubles, as it is
 * written: α = 1.9, β = γ = 1 is outside of 2 ± 0.1, since 1.9 − 2 is −0.10000000000000009. Throws an `InputError` when the
 * grid holds no such point, or more combinations than `mostCombinations`.
 */
export function enumerateGrid(grid: GridSpec): Coefficients[] {
  const { alpha, beta, gamma, product, tolerance, phi } = grid;
  const combinations = rangeCount(alpha) * rangeCount(beta) * rangeCount(gamma);
  if (combinations > mostCombinations)
    throw new InputError('bad-value', `grid: expected at most ${mostCombinations} combinations, got ${combinations}`);
  const gammas = rangeValues(gamma);
  const betas = rangeValues(beta);
  const points: Coefficients[] = [];
  let nearest = { alpha: 1, beta: 1, gamma: 1, miss: Number.POSITIVE_INFINITY };
  for (const a of rangeValues(alpha)) {
    for (const b of betas) {
      for (const c of gammas) {
        const coefficients = { alpha: a, beta: b, gamma: c };
        const miss = Math.abs(nominalProduct(coefficients) - product);
        if (miss <= tolerance) points.push({ ...coefficients, phi });
        else if (miss < nearest.miss) nearest = { ...coefficients, miss };
      }
    }
  }
  if (points.length === 0) {
    const { alpha: a, beta: b, gamma: c } = nearest;
    throw new InputError(
      'no-point',
      `grid: expected a point with |α·β²·γ² − ${product}| ≤ ${tolerance}, got none; the nearest of ${combinations} is ` +
        `α ${a}, β ${b}, γ ${c} with ${nominalProduct(nearest).toPrecision(6)}`,
    );
  }
  return points;
}

/** 1 + 7 · 0.05 as the 1.35 that a person would write. */
function decimal(value: number): number {
  return Number(value.toPrecision(12));
}
