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
export function contour(field: Field, level: number): [Place, Place][] {
  return triangles(field, level).flatMap((corners): [Place, Place][] => {
    const [from, to] = corners
      .map((corner, i) => crossing(corners.at(i - 1) as Corner, corner))
      .filter((place) => place !== null);
    return from && to ? [[from, to]] : [];
  });
}

/** Where a field is at most at a level, as convex polygons that end at its contour. */
export function filled(field: Field, level: number): Place[][] {
  return triangles(field, level).flatMap((corners): Place[][] => {
    const polygon = corners.flatMap((corner, i): Place[] => {
      const edge = crossing(corners.at(i - 1) as Corner, corner);
      return [...(edge ? [edge] : []), ...(corner.above < 0 ? [corner.place] : [])];
    });
    return polygon.length > 2 ? [polygon] : [];
  });
}

interface Corner {
  readonly place: Place;
  /** The field here less the level. */
  readonly above: number;
}

/** Two to a cell. */
function triangles({ xs, ys, values }: Field, level: number): Corner[][] {
  const all: Corner[][] = [];
  const corner = (i: number, j: number): Corner => ({
    place: [xs[i] as number, ys[j] as number],
    above: (values[i]?.[j] as number) - level,
  });
  for (let i = 0; i + 1 < xs.length; i++) {
    for (let j = 0; j + 1 < ys.length; j++) {
      const [a, b, c, d] = [corner(i, j), corner(i + 1, j), corner(i, j + 1), corner(i + 1, j + 1)];
      all.push([a, b, c], [b, c, d]);
    }
  }
  return all;
}

/** Where the value is zero between two corners, if it is. A corner on the level counts as above it. */
function crossing(from: Corner, to: Corner): Place | null {
  if (from.above >= 0 === to.above >= 0) return null;
  const part = from.above / (from.above - to.above);
  return [from.place[0] + part * (to.place[0] - from.place[0]), from.place[1] + part * (to.place[1] - from.place[1])];
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
