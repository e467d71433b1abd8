import type { Random } from '../../../../search/base/random.js';

export type Colour = readonly [red: number, green: number, blue: number];

/** Whether a place is covered, in a pattern's own coordinates. */
export type Pattern = (u: number, v: number) => boolean;

/** Where a pattern's coordinates lie in the picture: their origin, the direction of u, and how many pixels one unit of u and of v is. */
export interface Frame {
  readonly x: number;
  readonly y: number;
  readonly direction: readonly [x: number, y: number];
  readonly unitU: number;
  readonly unitV: number;
}

/** Places looked at inside a pixel, along each axis. */
const samples = 2;

/** A square RGB picture in the making; values are on the scale of 0 to 255 and clipped only at the end. */
export class Canvas {
  private readonly values: Float64Array;

  constructor(readonly sidePx: number) {
    this.values = new Float64Array(sidePx * sidePx * 3);
  }

  fill(colour: Colour): void {
    const { values } = this;
    for (let i = 0; i < values.length; i += 3) {
      values[i] = colour[0];
      values[i + 1] = colour[1];
      values[i + 2] = colour[2];
    }
  }

  /** Paints what the pattern covers within `radius` pixels of the frame's origin, with soft edges. */
  paint(colour: Colour, pattern: Pattern, { x, y, direction, unitU, unitV }: Frame, radius: number): void {
    const left = Math.max(0, Math.floor(x - radius));
    const right = Math.min(this.sidePx, Math.ceil(x + radius));
    const top = Math.max(0, Math.floor(y - radius));
    const bottom = Math.min(this.sidePx, Math.ceil(y + radius));
    const [dx, dy] = direction;
    for (let row = top; row < bottom; row++) {
      for (let column = left; column < right; column++) {
        let covered = 0;
        for (let s = 0; s < samples * samples; s++) {
          const px = column + ((s % samples) + 0.5) / samples - x;
          const py = row + (Math.floor(s / samples) + 0.5) / samples - y;
          if (pattern((dx * px + dy * py) / unitU, (dx * py - dy * px) / unitV)) covered++;
        }
        if (covered > 0) this.blend(column, row, colour, covered / (samples * samples));
      }
    }
  }

  private blend(column: number, row: number, colour: Colour, share: number): void {
    const { values } = this;
    const i = (row * this.sidePx + column) * 3;
    values[i]! += share * (colour[0] - values[i]!);
    values[i + 1]! += share * (colour[1] - values[i + 1]!);
    values[i + 2]! += share * (colour[2] - values[i + 2]!);
  }

  /** Adds noise to every value: the sum of four uniform bytes, close to normal, scaled to this standard deviation. */
  noise(random: Random, deviation: number): void {
    // The variance of a uniform byte is (256² − 1) / 12.
    const scale = deviation / Math.sqrt((4 * (256 * 256 - 1)) / 12);
    const { values } = this;
    for (let i = 0; i < values.length; i++) {
      const bits = random.uint32();
      const sum = (bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24);
      values[i]! += scale * (sum - 510);
    }
  }

  /** Rounds and clips into side · side · 3 bytes. */
  writeBytes(target: Uint8ClampedArray): void {
    target.set(this.values);
  }
}
