/** A value at each point of a grid: `values[i][j]` at (xs[i], ys[j]). */
export interface Field {
  readonly xs: readonly number[];
  readonly ys: readonly number[];
  readonly values: readonly (readonly number[])[];
}

export type Place = readonly [x: number, y: number];

/**
 * Where a field takes a value, as line segments: every cell of the grid is cut into two triangles, in each of which the field is taken for
 * linear, so that no cell is ambiguous.
 */
export function contour({ xs, ys, values }: Field, level: number): [Place, Place][] {
  const segments: [Place, Place][] = [];
  const corner = (i: number, j: number): Corner => ({
    x: xs[i] as number,
    y: ys[j] as number,
    above: (values[i]?.[j] as number) - level,
  });
  for (let i = 0; i + 1 < xs.length; i++) {
    for (let j = 0; j + 1 < ys.length; j++) {
      const [a, b, c, d] = [corner(i, j), corner(i + 1, j), corner(i, j + 1), corner(i + 1, j + 1)];
      for (const triangle of [
        [a, b, c],
        [b, c, d],
      ] as const) {
        const [from, to] = crossings(triangle);
        if (from && to) segments.push([from, to]);
      }
    }
  }
  return segments;
}

interface Corner {
  readonly x: number;
  readonly y: number;
  readonly above: number;
}

/** The two places on a triangle's sides where the value is zero, or none. A corner on the level counts as above it. */
function crossings([a, b, c]: readonly [Corner, Corner, Corner]): Place[] {
  return [crossing(a, b), crossing(b, c), crossing(c, a)].filter((place) => place !== null);
}

function crossing(from: Corner, to: Corner): Place | null {
  if (from.above >= 0 === to.above >= 0) return null;
  const part = from.above / (from.above - to.above);
  return [from.x + part * (to.x - from.x), from.y + part * (to.y - from.y)];
}

/** Round values between `low` and `high`, at most `most` of them. */
export function levels(low: number, high: number, most: number): number[] {
  if (!(high > low)) return [];
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000]
    .map((n) => n / 10_000)
    .find((each) => (high - low) / each <= most);
  if (step === undefined) return [];
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(6)),
  );
}

interface Limits {
  readonly depth: readonly [number, number];
  readonly width: readonly [number, number];
  readonly resolution: readonly [number, number];
}

/** The corners of what lies within bounds of depth, width and resolution, in order, as (depth, width): a hexagon or less. */
export function boundsPolygon({ depth, width, resolution }: Limits): Place[] {
  const rectangle: Place[] = [
    [depth[0], width[0]],
    [depth[1], width[0]],
    [depth[1], width[1]],
    [depth[0], width[1]],
  ];
  const room = ([d, w]: Place): number => 1 - d - w;
  const notBelow = cut(rectangle, (place) => room(place) - resolution[0]);
  return cut(notBelow, (place) => resolution[1] - room(place));
}

/** The part of a convex polygon where a linear measure is not negative (Sutherland and Hodgman 1974). */
function cut(polygon: readonly Place[], measure: (place: Place) => number): Place[] {
  return polygon.flatMap((to, i) => {
    const from = polygon.at(i - 1) as Place;
    const [before, after] = [measure(from), measure(to)];
    const part = before / (before - after);
    const between: Place = [from[0] + part * (to[0] - from[0]), from[1] + part * (to[1] - from[1])];
    if (after >= 0) return before >= 0 ? [to] : [between, to];
    return before >= 0 ? [between] : [];
  });
}
