import type { Coefficients, Multipliers } from '../scaling/coefficients.js';

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

/**
 * By how much a bad split of a network's compute counts, against the median of all: (t / t̃)², where t is how many doublings of compute its
 * multipliers stand for. Distances from an optimal split grow with t, and what they cost with their square.
 */
export function stretches(all: readonly Multipliers[]): number[] {
  const spent = all.map(doublingsOf);
  const typical = spent.toSorted((a, b) => a - b)[Math.floor(spent.length / 2)] as number;
  return spent.map((t) => (typical === 0 ? 1 : (t / typical) ** 2));
}

/** Mean of each share. */
export function meanShares(all: readonly Shares[]): Shares {
  const mean = (name: keyof Shares) => all.reduce((sum, shares) => sum + shares[name], 0) / all.length;
  return { depth: mean('depth'), width: mean('width'), resolution: mean('resolution') };
}
