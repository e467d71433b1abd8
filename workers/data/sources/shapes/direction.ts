import type { Random } from '../../../../search/base/random.js';

/** A unit vector of uniform angle, by rejection from the square: no sine or cosine, whose last bits differ between engines. */
export function direction(random: Random): readonly [x: number, y: number] {
  for (;;) {
    const x = 2 * random.uniform() - 1;
    const y = 2 * random.uniform() - 1;
    const square = x * x + y * y;
    if (square > 1e-4 && square <= 1) {
      const length = Math.sqrt(square);
      return [x / length, y / length];
    }
  }
}
