import { accuraciesOf, type Candidate } from './candidate.js';

/** How much two seeds of one network differ, and how well that is known. */
export interface SeedNoise {
  /** Standard deviation between seeds of one network, a share; null while nothing says. */
  readonly sd: number | null;
  /** Degrees of freedom behind `sd`: pooled replicates plus what the assumption counts for. */
  readonly degreesOfFreedom: number;
  /** `replicates`: measured; `shrunk`: measured and assumed; `assumed`: the binomial assumption alone; `unknown`. */
  readonly basis: 'replicates' | 'shrunk' | 'assumed' | 'unknown';
}

/** As many degrees of freedom as the assumption about the noise counts for. */
const assumedDegrees = 4;
/** From so many pooled degrees of freedom on the replicates speak for themselves. */
const enoughDegrees = 12;

/**
 * Seed noise, pooled over all networks that have replicates: s² = Σᵢ Σⱼ (xᵢⱼ − x̄ᵢ)² / ν, ν = Σᵢ (nᵢ − 1).
 *
 * While ν is small the estimate is shrunk towards an assumption s₀² that counts for d₀ degrees of freedom,
 * s̃² = (d₀ s₀² + ν s²) / (d₀ + ν) (Smyth 2004, equation for the posterior variance). The assumption is the binomial variance of an
 * accuracy measured on `validationImages` images, p (1 − p) / images, at the mean accuracy. Without that number there is none.
 */
export function seedNoise(candidates: readonly Candidate[], validationImages: number | null = null): SeedNoise {
  let squares = 0;
  let pooled = 0;
  for (const candidate of candidates) {
    const accuracies = accuraciesOf(candidate);
    if (accuracies.length < 2) continue;
    const mean = meanOf(accuracies);
    squares += accuracies.reduce((sum, x) => sum + (x - mean) ** 2, 0);
    pooled += accuracies.length - 1;
  }
  const assumed = assumedVariance(candidates, validationImages);
  if (pooled >= enoughDegrees || (assumed === null && pooled > 0)) {
    return { sd: Math.sqrt(squares / pooled), degreesOfFreedom: pooled, basis: 'replicates' };
  }
  if (assumed === null) return { sd: null, degreesOfFreedom: 0, basis: 'unknown' };
  const degreesOfFreedom = assumedDegrees + pooled;
  const variance = (assumedDegrees * assumed + squares) / degreesOfFreedom;
  return { sd: Math.sqrt(variance), degreesOfFreedom, basis: pooled > 0 ? 'shrunk' : 'assumed' };
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function assumedVariance(candidates: readonly Candidate[], validationImages: number | null): number | null {
  const all = candidates.flatMap(accuraciesOf);
  if (validationImages === null || all.length === 0) return null;
  const mean = meanOf(all);
  // An accuracy of exactly 0 or 1 would claim that there is no noise: the rule of succession keeps it off the border.
  const share = (mean * validationImages + 1) / (validationImages + 2);
  return (share * (1 - share)) / validationImages;
}
