import type { Random } from '../../../../search/base/random.js';
import { type Arrangement, beadDistance, scattered } from './arrangements.js';
import type { Canvas, Colour } from './canvas.js';
import { direction } from './direction.js';
import { disc, type Form, formRadius } from './forms.js';
import { blotched, type Texture } from './textures.js';

/** Side of a picture as drawn. */
export const scenePx = 64;

/** The one thing by which a class is told; the other two are neutral. */
export interface Motif {
  readonly texture?: Texture;
  readonly form?: Form;
  readonly arrangement?: Arrangement;
}

type Range = readonly [low: number, high: number];

/** What varies from picture to picture, on the scale of 0 to 255 or in pixels: wide enough that no class gets away with one of them. */
const level: Range = [95, 145];
const groundContrast: Range = [35, 55];
const groundPeriodPx: Range = [6, 12];
const objectPx: Range = [20, 30];
const beadRadiusPx: Range = [4, 5.5];
const noiseDeviation: Range = [2, 7];
/** How far the object lies from the middle, and each channel of a colour from where it is shifted to. */
const jitterPx: Range = [-6, 6];
const tintSpread: Range = [-20, 20];
const objectShift = 125;
const beadShift = 110;

/**
 * Draws one picture, scenePx a side: a ground of two inks, an object on it and four beads around that. Every picture has all three, in the
 * same amounts and from the same colours, so that no statistic of single pixels tells its class.
 */
export function drawScene(canvas: Canvas, { texture, form, arrangement }: Motif, random: Random): void {
  const grey = between(random, level);
  drawGround(canvas, texture ?? blotched(random), grey, random);
  const x = scenePx / 2 + between(random, jitterPx);
  const y = scenePx / 2 + between(random, jitterPx);
  const size = between(random, objectPx);
  drawObject(canvas, form ?? disc, x, y, size, grey, random);
  drawBeads(canvas, arrangement ?? scattered(random), x, y, beadDistance(size), grey, random);
  canvas.noise(random, between(random, noiseDeviation));
}

function drawGround(canvas: Canvas, texture: Texture, grey: number, random: Random): void {
  const contrast = between(random, groundContrast);
  const period = between(random, groundPeriodPx);
  const frame = {
    x: scenePx / 2 + between(random, [-groundPeriodPx[1], groundPeriodPx[1]]),
    y: scenePx / 2 + between(random, [-groundPeriodPx[1], groundPeriodPx[1]]),
    direction: direction(random),
    unitU: period,
    unitV: period,
  };
  canvas.fill(tint(random, grey, [contrast, contrast, contrast]));
  canvas.paint(tint(random, grey, [-contrast, -contrast, -contrast]), texture, frame, scenePx);
}

function drawObject(
  canvas: Canvas,
  form: Form,
  x: number,
  y: number,
  size: number,
  grey: number,
  random: Random,
): void {
  const stretch = between(random, [1, 1.2]);
  const mirrored = random.uniform() < 0.5;
  const unitV = (mirrored ? -1 : 1) * size * stretch;
  const frame = { x, y, direction: direction(random), unitU: size / stretch, unitV };
  canvas.paint(
    tint(random, grey, [-objectShift / 2, objectShift / 4, objectShift]),
    form,
    frame,
    formRadius * size * stretch,
  );
}

function drawBeads(
  canvas: Canvas,
  beads: Arrangement,
  x: number,
  y: number,
  distance: number,
  grey: number,
  random: Random,
): void {
  const radius = between(random, beadRadiusPx);
  const colour = tint(random, grey, [beadShift, -beadShift, -beadShift / 2]);
  const [dx, dy] = direction(random);
  // A disc of area 1 has a radius of √(1/π).
  const unit = radius * Math.sqrt(Math.PI);
  for (const [along, across] of beads) {
    const frame = {
      x: x + distance * (dx * along - dy * across),
      y: y + distance * (dy * along + dx * across),
      direction: [1, 0] as const,
      unitU: unit,
      unitV: unit,
    };
    canvas.paint(colour, disc, frame, radius);
  }
}

function between(random: Random, [low, high]: Range): number {
  return low + (high - low) * random.uniform();
}

/** A grey of this level moved by `shift`, every channel a little further at random. */
function tint(random: Random, grey: number, shift: Colour): Colour {
  const channel = (by: number) => grey + by + between(random, tintSpread);
  return [channel(shift[0]), channel(shift[1]), channel(shift[2])];
}
