import { type Coefficients, nominalProduct } from '../coefficients.js';
import { type Candidate, pointsOf } from './candidate.js';

/** How extra compute is split: log α : 2·log β : 2·log γ, scaled so that the three add up to 1. A share below 0 shrinks its dimension. */
export interface Shares {
  readonly depth: number;
  readonly width: number;
  readonly resolution: number;
}

/** Shares of a point, whatever its φ. A point with α·β²·γ² = 1 spends nothing; it is given equal shares. */
export function sharesOf(point: Omit<Coefficients, 'phi'>): Shares {
  const total = Math.log(nominalProduct(point));
  if (Math.abs(total) < 1e-9) return { depth: 1 / 3, width: 1 / 3, resolution: 1 / 3 };
  return {
    depth: Math.log(point.alpha) / total,
    width: (2 * Math.log(point.beta)) / total,
    resolution: (2 * Math.log(point.gamma)) / total,
  };
}

/** The α, β, γ with these shares and α·β²·γ² = product. */
export function coefficientsAt({ depth, width, resolution }: Shares, product: number): Omit<Coefficients, 'phi'> {
  return { alpha: product ** depth, beta: product ** (width / 2), gamma: product ** (resolution / 2) };
}

/** Mean shares of the points that round to a network. */
export function candidateShares(candidate: Candidate): Shares {
  const all = pointsOf(candidate).map(sharesOf);
  const mean = (pick: (shares: Shares) => number) => all.reduce((sum, shares) => sum + pick(shares), 0) / all.length;
  return { depth: mean((s) => s.depth), width: mean((s) => s.width), resolution: mean((s) => s.resolution) };
}

/** Terms of the quadratic response surface in depth and width; the resolution share follows from them. */
export function quadraticTerms({ depth, width }: Shares): [number, number, number, number, number] {
  return [depth, width, depth * depth, depth * width, width * width];
}
