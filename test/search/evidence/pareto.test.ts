import { describe, expect, it } from 'vitest';
import { Random } from '../../../search/base/random.js';
import { type ParetoPoint, paretoFront } from '../../../search/evidence/pareto.js';

function isDominated(point: ParetoPoint, points: readonly ParetoPoint[]): boolean {
  return points.some(
    (other) =>
      other.cost <= point.cost &&
      other.accuracy >= point.accuracy &&
      (other.cost < point.cost || other.accuracy > point.accuracy),
  );
}

/** Few distinct values, so that ties in cost, in accuracy and in both are common. */
function randomSearch(random: Random): ParetoPoint[] {
  const values = 2 + random.below(60);
  return Array.from({ length: random.below(80) }, () => ({
    cost: 1e6 * (1 + random.below(values)),
    accuracy: random.below(values) / values,
  }));
}

describe('paretoFront', () => {
  it('equals a comparison of all pairs on 1,000 random searches', () => {
    const random = new Random(7);
    let largest = 0;
    for (let search = 0; search < 1000; search++) {
      const points = randomSearch(random);
      const front = paretoFront(points);
      expect(new Set(front)).toEqual(new Set(points.filter((point) => !isDominated(point, points))));
      expect(front.map(({ cost }) => cost)).toEqual(front.map(({ cost }) => cost).toSorted((a, b) => a - b));
      largest = Math.max(largest, front.length);
    }
    expect(largest).toBeGreaterThan(8);
  });

  it('keeps every one of equal points and leaves the order of its input alone', () => {
    const points = [
      { cost: 2, accuracy: 0.5 },
      { cost: 1, accuracy: 0.5 },
      { cost: 1, accuracy: 0.5 },
    ];
    expect(paretoFront(points)).toEqual([points[1], points[2]]);
    expect(points[0]).toEqual({ cost: 2, accuracy: 0.5 });
  });

  it('has no place for NaN', () => {
    const good = { cost: 3, accuracy: 0.1 };
    expect(paretoFront([{ cost: Number.NaN, accuracy: 1 }, { cost: 1, accuracy: Number.NaN }, good])).toEqual([good]);
    expect(paretoFront([])).toEqual([]);
  });
});
