/** What a Pareto front is drawn through. */
export interface ParetoPoint {
  /** Less is better: macs, parameters, seconds. */
  readonly cost: number;
  /** More is better. */
  readonly accuracy: number;
}

/**
 * The points that no other dominates, by cost from low to high. A point is dominated by one that costs no more and is no less accurate,
 * and is better in at least one of the two; of equal points all stay. A point with a cost or an accuracy that is no number is on no front.
 * O(n log n).
 */
export function paretoFront<T extends ParetoPoint>(points: readonly T[]): T[] {
  const measured = points.filter(({ cost, accuracy }) => !Number.isNaN(cost) && !Number.isNaN(accuracy));
  const front: T[] = [];
  for (const point of measured.toSorted((a, b) => a.cost - b.cost || b.accuracy - a.accuracy)) {
    const last = front.at(-1);
    const improves = last === undefined || point.accuracy > last.accuracy;
    const equals = last !== undefined && point.accuracy === last.accuracy && point.cost === last.cost;
    if (improves || equals) front.push(point);
  }
  return front;
}
