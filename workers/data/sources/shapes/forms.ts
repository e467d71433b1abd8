/**
 * The outline of an object around the origin: whether a place is inside. Every form has area 1, so that none is told by how much it
 * covers. Only arithmetic that IEEE 754 fixes to the last bit.
 */
export type Form = (x: number, y: number) => boolean;

/** The neutral form. */
export const disc: Form = (x, y) => x * x + y * y <= 1 / Math.PI;

/** Where the squares of a form lie, in sides of a square. */
type Squares = readonly (readonly [column: number, row: number])[];

/**
 * Equal squares joined at their sides. All have right angles alone, so that a corner tells none of them from the others: what does is how
 * the corners follow each other around the whole object.
 */
const squares = {
  tee: [
    [0, 0],
    [1, 0],
    [2, 0],
    [1, 1],
  ],
  zed: [
    [0, 0],
    [1, 0],
    [1, 1],
    [2, 1],
  ],
  ell: [
    [0, 0],
    [1, 0],
    [2, 0],
    [2, 1],
  ],
  cup: [
    [0, 0],
    [1, 0],
    [2, 0],
    [0, 1],
    [2, 1],
  ],
} as const satisfies Record<string, Squares>;

/** The form of these squares, its centre of mass in the origin. */
function joined(cells: Squares): Form {
  const side = Math.sqrt(1 / cells.length);
  const corners = cells.map(([column, row]) => [
    (column - 0.5 - mean(cells, 0)) * side,
    (row - 0.5 - mean(cells, 1)) * side,
  ]) as [number, number][];
  return (x, y) => corners.some(([left, top]) => x >= left && x <= left + side && y >= top && y <= top + side);
}

function mean(cells: Squares, axis: 0 | 1): number {
  return cells.reduce((sum, cell) => sum + cell[axis], 0) / cells.length;
}

export const forms = {
  tee: joined(squares.tee),
  zed: joined(squares.zed),
  ell: joined(squares.ell),
  cup: joined(squares.cup),
} as const satisfies Record<string, Form>;

/** No form reaches further than this from the origin; the far corner of `ell` does to 0.952. */
export const formRadius = 1;
