import type { Shares } from './shares.js';

/** The least and the most of each share that was searched: a hexagon, or less, cut out of the simplex. */
export type Bounds = Readonly<Record<keyof Shares, readonly [least: number, most: number]>>;

export const dimensions = ['depth', 'width', 'resolution'] as const;

/** The shares with this depth and width, if all three lie within the bounds. */
function sharesWithin(bounds: Bounds, depth: number, width: number): Shares | null {
  const shares = { depth, width, resolution: 1 - depth - width };
  const inside = dimensions.every((name) => {
    const [least, most] = bounds[name];
    return shares[name] >= least - 1e-12 && shares[name] <= most + 1e-12;
  });
  return inside ? shares : null;
}

/** The points of a lattice with `steps` per unit of share that lie within the bounds. */
export function lattice(bounds: Bounds, steps: number): Shares[] {
  const [shallow, deep] = bounds.depth;
  const [narrow, wide] = bounds.width;
  const all: Shares[] = [];
  for (let i = 0; i <= Math.round((deep - shallow) * steps); i++) {
    for (let j = 0; j <= Math.round((wide - narrow) * steps); j++) {
      const shares = sharesWithin(bounds, shallow + i / steps, narrow + j / steps);
      if (shares) all.push(shares);
    }
  }
  return all;
}

/** The six neighbours of a point of the triangular lattice, in (depth, width). */
const neighbours = [
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
  [1, -1],
  [-1, 1],
] as const;

/** Where a smooth height is greatest within the bounds, to 1e-7: the best of a lattice and of `start`, then ever smaller steps uphill. */
export function highestWithin(bounds: Bounds, start: Shares, height: (shares: Shares) => number): Shares {
  const coarse = 40;
  let best = start;
  for (const shares of lattice(bounds, coarse)) if (height(shares) > height(best)) best = shares;
  for (let step = 1 / coarse; step > 1e-7; step /= 2) {
    for (let moved = true; moved; ) {
      moved = false;
      for (const [d, w] of neighbours) {
        const next = sharesWithin(bounds, best.depth + d * step, best.width + w * step);
        if (next && height(next) > height(best)) {
          best = next;
          moved = true;
        }
      }
    }
  }
  return best;
}
