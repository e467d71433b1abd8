import type { Coefficients, Multipliers } from '../coefficients.js';

/** How extra compute is split: log d : 2·log w : 2·log r, scaled so that the three add up to 1. A share below 0 shrinks its dimension. */
export interface Shares {
  readonly depth: number;
  readonly width: number;
  readonly resolution: number;
}

/** Doublings of compute that the multipliers stand for: log₂(d·w²·r²). */
export function doublingsOf({ depth, width, resolution }: Multipliers): number {
  return Math.log2(depth) + 2 * Math.log2(width) + 2 * Math.log2(resolution);
}

/**
 * Shares of some multipliers: of those that a network really has, or of α, β, γ, which have the same at every φ. Multipliers that spend
 * nothing are given equal shares.
 */
export function sharesOf(multipliers: Multipliers): Shares {
  const total = doublingsOf(multipliers);
  if (Math.abs(total) < 1e-9) return { depth: 1 / 3, width: 1 / 3, resolution: 1 / 3 };
  return {
    depth: Math.log2(multipliers.depth) / total,
    width: (2 * Math.log2(multipliers.width)) / total,
    resolution: (2 * Math.log2(multipliers.resolution)) / total,
  };
}

/** The α, β, γ with these shares and α·β²·γ² = product. */
export function coefficientsAt({ depth, width, resolution }: Shares, product: number): Omit<Coefficients, 'phi'> {
  return { alpha: product ** depth, beta: product ** (width / 2), gamma: product ** (resolution / 2) };
}

/** Terms of the quadratic response surface in depth and width; the resolution share follows from them. */
export function quadraticTerms({ depth, width }: Shares): [number, number, number, number, number] {
  return [depth, width, depth * depth, depth * width, width * width];
}
