/**
 * The outline of an object around the origin: whether a place is inside. Every form has area 1, so that none is told by how much it
 * covers, and is its own mirror image. Only arithmetic that IEEE 754 fixes to the last bit.
 */
export type Form = (x: number, y: number) => boolean;

/** Half-planes n·p ≤ distance around a regular polygon, by their unit normals. */
type Normals = readonly (readonly [x: number, y: number])[];

const triangleNormals: Normals = [
  [0, -1],
  [Math.sqrt(3) / 2, 0.5],
  [-Math.sqrt(3) / 2, 0.5],
];
/** Radius of the circle inside the equilateral triangle of area 1: area = 3·√3·r². */
const triangleInradius = Math.sqrt(1 / (3 * Math.sqrt(3)));

const sqrt5 = Math.sqrt(5);
const cos72 = (sqrt5 - 1) / 4;
const sin72 = Math.sqrt(10 + 2 * sqrt5) / 4;
const cos144 = (-sqrt5 - 1) / 4;
const sin144 = Math.sqrt(10 - 2 * sqrt5) / 4;
const pentagonNormals: Normals = [
  [1, 0],
  [cos72, sin72],
  [cos72, -sin72],
  [cos144, sin144],
  [cos144, -sin144],
];
const tan36 = Math.sqrt(5 - 2 * sqrt5);
const tan72 = Math.sqrt(5 + 2 * sqrt5);
/** Radius of the circle inside the inner pentagon of the five-pointed star of area 1: 5·tan 36°·r² and five points of tan² 36°·tan 72°·r². */
const starInradius = Math.sqrt(1 / (5 * tan36 + 5 * tan36 * tan36 * tan72));

/** Half the width of the bars of a cross of five equal squares. */
const crossHalf = Math.sqrt(1 / 5) / 2;

/** How many of the half-planes leave the place out. */
function outside(normals: Normals, distance: number, x: number, y: number): number {
  let count = 0;
  for (let i = 0; i < normals.length; i++) {
    const normal = normals[i]!;
    if (normal[0] * x + normal[1] * y > distance) count++;
  }
  return count;
}

/** The neutral form. */
export const disc: Form = (x, y) => x * x + y * y <= 1 / Math.PI;

export const forms = {
  triangle: (x, y) => outside(triangleNormals, triangleInradius, x, y) === 0,
  /** A place in a point of the star is outside of exactly one side of the inner pentagon. */
  star: (x, y) => outside(pentagonNormals, starInradius, x, y) <= 1,
  cross: (x, y) => {
    const long = Math.max(Math.abs(x), Math.abs(y));
    const short = Math.min(Math.abs(x), Math.abs(y));
    return long <= 3 * crossHalf && short <= crossHalf;
  },
  /** Two and a quarter times as long as wide. */
  bar: (x, y) => Math.abs(x) <= 3 / 4 && Math.abs(y) <= 1 / 3,
} as const satisfies Record<string, Form>;

/** No form reaches further than this from the origin: the points of the star, at inradius / cos 72°. */
export const formRadius = starInradius / cos72;
