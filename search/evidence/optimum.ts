import type { Coefficients } from '../scaling/coefficients.js';
import { type Candidate, isSearched } from './candidate.js';
import { type Merit, spentOf } from './merit.js';
import { coefficientsAt, doublingsOf, type Shares, sharesOf } from './shares.js';

/** Where merit is highest on the fitted surface, among the splits that lie within those that were trained. */
export interface MeritOptimum {
  /** The split with the highest expected merit. */
  readonly shares: Shares;
  /** α, β, γ with that split, at the product of the grid. */
  readonly coefficients: Omit<Coefficients, 'phi'>;
  /** Expected merit there, a share, and the half width of its 95 % interval. */
  readonly theta: number;
  readonly halfWidth: number;
  /** Range of each share over the smallest set of splits that holds the best one with 95 % probability. */
  readonly region: Readonly<Record<keyof Shares, readonly [low: number, high: number]>>;
  /** Share of the draws whose best split lies at the border of what was trained. */
  readonly atBorder: number;
}

/** Step of the lattice of splits. */
const step = 0.05;

/**
 * Takes the best split of every draw of the merit's surface, and keeps those that are most frequent (Peterson, Cahya and del Castillo 2002): an
 * optimum at the border, such as width alone, is then covered like any other. Null where all networks split compute alike.
 */
export function meritOptimum(candidates: readonly Candidate[], merit: Merit, product: number): MeritOptimum | null {
  const finished = new Set(merit.networkIds);
  const trained = candidates.filter(
    (candidate) =>
      finished.has(candidate.networkId) && isSearched(candidate) && doublingsOf(candidate.multipliers) > 0.1,
  );
  const shares = trained.map(({ multipliers }) => sharesOf(multipliers));
  const hull = convexHull(shares.map(({ depth, width }) => [depth, width]));
  if (hull.length < 3) return null;
  const spent = trained.map((candidate) => spentOf(candidate).reduce((sum, each) => sum + each, 0));
  const total = spent.toSorted((a, b) => a - b)[Math.floor(spent.length / 2)] as number;
  const cells = lattice(hull);
  const wins = new Float64Array(cells.length);
  const sums = new Float64Array(cells.length);
  const squares = new Float64Array(cells.length);
  let count = 0;
  merit.draws(({ surface }) => {
    // Every fourth draw is enough for a map.
    if (count++ % 4 !== 0) return;
    let best = 0;
    let highest = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < cells.length; i++) {
      const { depth, width, resolution } = (cells[i] as Cell).shares;
      const value = surface([total * depth, total * width, total * resolution]);
      sums[i] = (sums[i] as number) + value;
      squares[i] = (squares[i] as number) + value * value;
      if (value > highest) {
        highest = value;
        best = i;
      }
    }
    wins[best] = (wins[best] as number) + 1;
  });
  const used = Math.ceil(count / 4);
  const top = sums.indexOf(sums.reduce((most, sum) => Math.max(most, sum), Number.NEGATIVE_INFINITY));
  const { shares: best } = cells[top] as Cell;
  const theta = (sums[top] as number) / used;
  const inRegion = smallestSet(wins, 0.95 * used).map((i) => (cells[i] as Cell).shares);
  const range = (dimension: keyof Shares): readonly [number, number] => {
    const values = inRegion.map((each) => each[dimension]);
    return [Math.min(...values), Math.max(...values)];
  };
  const border = cells.reduce((sum, { isBorder }, i) => sum + (isBorder ? (wins[i] as number) : 0), 0);
  return {
    shares: best,
    coefficients: coefficientsAt(best, product),
    theta,
    halfWidth: 1.96 * Math.sqrt(Math.max(0, (squares[top] as number) / used - theta ** 2)),
    region: { depth: range('depth'), width: range('width'), resolution: range('resolution') },
    atBorder: border / used,
  };
}

interface Cell {
  readonly shares: Shares;
  readonly isBorder: boolean;
}

type Place = readonly [depth: number, width: number];

/** Splits on a lattice within a hull; those with a neighbour outside are its border. */
function lattice(hull: readonly Place[]): Cell[] {
  const [low, high] = [0, 1]
    .map((axis) => hull.map((place) => place[axis] as number))
    .reduce<[number[], number[]]>(
      ([lows, highs], values) => [
        [...lows, Math.min(...values)],
        [...highs, Math.max(...values)],
      ],
      [[], []],
    );
  const cells: Cell[] = [];
  const start = (axis: number): number => Math.ceil(((low[axis] as number) - 1e-9) / step);
  const end = (axis: number): number => Math.floor(((high[axis] as number) + 1e-9) / step);
  for (let d = start(0); d <= end(0); d++)
    for (let w = start(1); w <= end(1); w++) {
      const place: Place = [d * step, w * step];
      if (!isWithin(hull, place)) continue;
      const around: Place[] = [
        [place[0] + step, place[1]],
        [place[0] - step, place[1]],
        [place[0], place[1] + step],
        [place[0], place[1] - step],
        [place[0] + step, place[1] - step],
        [place[0] - step, place[1] + step],
      ];
      const isBorder = around.some((other) => !isWithin(hull, other));
      cells.push({ shares: { depth: place[0], width: place[1], resolution: 1 - place[0] - place[1] }, isBorder });
    }
  if (cells.length > 0) return cells;
  const [depth, width] = [0, 1].map(
    (axis) => hull.reduce((sum, place) => sum + (place[axis] as number), 0) / hull.length,
  ) as [number, number];
  return [{ shares: { depth, width, resolution: 1 - depth - width }, isBorder: true }];
}

/** Corners of the convex hull, counter-clockwise (Andrew 1979). */
function convexHull(places: readonly Place[]): Place[] {
  const sorted = places.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
  const half = (inOrder: readonly Place[]): Place[] => {
    const chain: Place[] = [];
    for (const place of inOrder) {
      while (chain.length > 1 && turn(chain.at(-2) as Place, chain.at(-1) as Place, place) <= 1e-12) chain.pop();
      chain.push(place);
    }
    return chain.slice(0, -1);
  };
  return [...half(sorted), ...half(sorted.toReversed())];
}

/** Twice the area of a triangle, positive where it turns left. */
function turn(a: Place, b: Place, c: Place): number {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

function isWithin(hull: readonly Place[], place: Place): boolean {
  return hull.every((corner, i) => turn(corner, hull[(i + 1) % hull.length] as Place, place) >= -1e-9);
}

/** The fewest places whose weights add up to at least `mass`, heaviest first. */
function smallestSet(weights: Float64Array, mass: number): number[] {
  const order = [...weights.keys()].sort((a, b) => (weights[b] as number) - (weights[a] as number));
  let held = 0;
  const end = order.findIndex((i) => {
    held += weights[i] as number;
    return held >= mass - 1e-9;
  });
  return order.slice(0, end + 1);
}
