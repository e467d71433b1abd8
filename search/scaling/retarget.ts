import { type Coefficients, type Multipliers, multipliers, nominalProduct } from './coefficients.js';

/** φ is solved to four decimals, so that the φ that is printed is the φ that was used. */
const stepsPerPhi = 10_000;

/** A direction that needs a φ further out than this is too nearly flat to be worth solving. */
const furthestPhi = 64;

/** How far realised cost is looked for around the nominal one, as a factor: rounding may well double the cost of a small network. */
const searchedFactor = 16;

/**
 * The φ at which a point's network is nearest to `targetRatio` times the baseline's macs, in the point's own direction
 * (log α : log β : log γ). Realised macs are a staircase in φ, so that the target is met as nearly as rounding allows: of the stairs just
 * below and just above it, the one nearer by ratio. `realisedAt` gives realised macs over the baseline's at some multipliers.
 * Undefined when the direction cannot reach the target: α·β²·γ² is 1 or too near, or rounding swallows its growth.
 */
export function retargetPhi(
  direction: Omit<Coefficients, 'phi'>,
  targetRatio: number,
  realisedAt: (by: Multipliers) => number,
): number | undefined {
  const growth = Math.log(nominalProduct(direction));
  const nominalPhi = Math.log(targetRatio) / growth;
  const reach = Math.abs(Math.log(searchedFactor) / growth);
  if (!(Math.abs(nominalPhi) + reach <= furthestPhi)) return undefined;

  const ratioAt = (step: number) => realisedAt(multipliers({ ...direction, phi: step / stepsPerPhi }));
  // Away from φ = 0 cost grows with α·β²·γ² above 1 and falls with it below.
  const up = Math.sign(growth);
  const start = Math.round(nominalPhi * stepsPerPhi);
  let below = start;
  let above = start;
  let stride = 1;
  while (ratioAt(above) < targetRatio) {
    below = above;
    above += up * stride;
    stride *= 2;
    if (Math.abs(above - start) > reach * stepsPerPhi) return undefined;
  }
  while (ratioAt(below) >= targetRatio) {
    above = below;
    below -= up * stride;
    stride *= 2;
    if (Math.abs(below - start) > reach * stepsPerPhi) return undefined;
  }
  while (Math.abs(above - below) > 1) {
    const middle = Math.trunc((below + above) / 2);
    if (ratioAt(middle) < targetRatio) below = middle;
    else above = middle;
  }
  const missBelow = Math.abs(Math.log(ratioAt(below) / targetRatio));
  const missAbove = Math.abs(Math.log(ratioAt(above) / targetRatio));
  return (missBelow < missAbove ? below : above) / stepsPerPhi;
}
