import type { Random } from '../../../../search/base/random.js';

/**
 * A fine pattern of two inks in equal shares. `u` and `v` are in periods of the pattern, so that all patterns are equally fine and differ
 * in nothing but how the ink lies. Each is its own mirror image. Only arithmetic that IEEE 754 fixes to the last bit.
 */
export type Texture = (u: number, v: number) => boolean;

const fraction = (x: number) => x - Math.floor(x);

export const textures = {
  striped: (u) => fraction(u) < 0.5,
  /** The fundamental wave of a checkerboard runs along its diagonals; √½ brings its length to one period. */
  checked: (u, v) => fraction(u * Math.SQRT1_2) < 0.5 !== fraction(v * Math.SQRT1_2) < 0.5,
  /** Stripes that bend to and fro by half a period. */
  zigzag: (u, v) => fraction(u + Math.abs(fraction(v / 2) - 0.5)) < 0.5,
  /** Discs of area ½, one in each square of a brick pattern. */
  dotted: (u, v) => {
    const row = Math.floor(v);
    const x = fraction(u + row / 2) - 0.5;
    const y = v - row - 0.5;
    return x * x + y * y < 0.5 / Math.PI;
  },
} as const satisfies Record<string, Texture>;

/** Coarser than every pattern, so that its edges are no texture and hide no outline. */
const squaresPerPeriod = 0.5;
/** Squares along the lattice, a power of two; beyond, it repeats. */
const latticeSide = 32;

/** The neutral texture: two inks in blotches, where the bilinear surface over a random lattice is above 0 and where it is below. */
export function blotched(random: Random): Texture {
  const lattice = new Float64Array(latticeSide * latticeSide);
  for (let i = 0; i < lattice.length; i++) lattice[i] = random.uniform() - 0.5;
  const wrap = latticeSide - 1;
  return (u, v) => {
    const i = Math.floor(u * squaresPerPeriod);
    const j = Math.floor(v * squaresPerPeriod);
    const x = u * squaresPerPeriod - i;
    const y = v * squaresPerPeriod - j;
    const above = (j & wrap) * latticeSide;
    const below = ((j + 1) & wrap) * latticeSide;
    const left = i & wrap;
    const right = (i + 1) & wrap;
    const upper = lattice[above + left]! * (1 - x) + lattice[above + right]! * x;
    const lower = lattice[below + left]! * (1 - x) + lattice[below + right]! * x;
    return upper * (1 - y) + lower * y > 0;
  };
}
