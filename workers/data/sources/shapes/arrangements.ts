import type { Random } from '../../../../search/base/random.js';
import { direction } from './direction.js';

/** Where the four beads lie that go with an object: offsets from its centre in units of their distance from it, turned at random. */
export type Arrangement = readonly (readonly [along: number, across: number])[];

export const arrangements = {
  /** Evenly around the object. */
  ringed: [
    [1, 0],
    [0, 1],
    [-1, 0],
    [0, -1],
  ],
  /** Two on one side, two on the other. */
  paired: [
    [1, 0.42],
    [1, -0.42],
    [-1, 0.42],
    [-1, -0.42],
  ],
  /** In a straight line on one side. */
  lined: [
    [1, 0.82],
    [1, 0.27],
    [1, -0.27],
    [1, -0.82],
  ],
  /** In a square on one side. */
  squared: [
    [0.8, 0.32],
    [0.8, -0.32],
    [1.36, 0.32],
    [1.36, -0.32],
  ],
} as const satisfies Record<string, Arrangement>;

/** Of the beads from the centre of an object of this size, in pixels. */
export function beadDistance(size: number): number {
  return 0.6 * size + 7;
}

/** No arrangement: every bead in a direction of its own, none upon another. */
export function scattered(random: Random): Arrangement {
  const beads: (readonly [number, number])[] = [];
  while (beads.length < 4) {
    const [x, y] = direction(random);
    const distance = 0.9 + 0.3 * random.uniform();
    const bead = [x * distance, y * distance] as const;
    if (beads.every(([a, b]) => (a - bead[0]) ** 2 + (b - bead[1]) ** 2 > 0.16)) beads.push(bead);
  }
  return beads;
}
