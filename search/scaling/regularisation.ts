import type { Architecture } from '../network/architecture.js';

export type Regularisation = Architecture['regularisation'];

/** The published family raises dropout from 0.2 at B0 to 0.5 at B7 (arXiv 1905.11946, section 5.2) … */
const dropoutGain = 0.3;
/** … which is φ = 7. */
const gainPhi = 7;
/** The family's highest rate: B6, B7, B8 and L2 have it. */
const highestDropout = 0.5;

/**
 * Regularisation of a network of the compound coefficient φ, as in the EfficientNet family. Dropout grows in a line, by 0.3 · φ / 7 rounded to
 * tenths: from 0.2 that gives 0.2, 0.2, 0.3, 0.3, 0.4, 0.4, 0.5, 0.5 for φ = 0 … 7, the family's own table. It stays between 0 and 0.5, or
 * the baseline's rate where that is higher; a baseline without dropout stays without. The rate of stochastic depth is the baseline's
 * for every φ, as it is in the family (0.2): a deeper network drops more blocks because it has more.
 */
export function regularisationAt(baseline: Regularisation, phi: number): Regularisation {
  const { dropout } = baseline;
  if (dropout === 0) return baseline;
  const gain = Math.round((10 * dropoutGain * phi) / gainPhi) / 10;
  const grown = Math.min(Math.max(dropout + gain, 0), Math.max(highestDropout, dropout));
  return { ...baseline, dropout: Number(grown.toFixed(6)) };
}
