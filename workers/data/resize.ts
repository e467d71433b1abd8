/**
 * Resizes square RGB images of bytes. Smaller: every new pixel is the mean of the area that it covers. Larger: bilinear between pixel
 * centres. Rounded to the nearest byte; sums are taken in a fixed order, so every machine gives the same bytes.
 */
export class Resizer {
  private readonly taps: Taps;
  /** Rows already resized: targetPx rows of sourcePx pixels. */
  private readonly rows: Float64Array;

  constructor(
    private readonly sourcePx: number,
    private readonly targetPx: number,
  ) {
    this.taps = targetPx < sourcePx ? areaTaps(sourcePx, targetPx) : bilinearTaps(sourcePx, targetPx);
    this.rows = new Float64Array(targetPx * sourcePx * 3);
  }

  /** From sourcePx · sourcePx · 3 bytes into targetPx · targetPx · 3 bytes at `offset`. */
  resize(source: Bytes, target: Uint8Array, offset = 0): void {
    const { sourcePx, targetPx } = this;
    if (sourcePx === targetPx) {
      target.set(source, offset);
      return;
    }
    this.resizeRows(source);
    const { first, width, weights } = this.taps;
    let o = offset;
    for (let y = 0; y < targetPx; y++) {
      for (let x = 0; x < targetPx; x++) {
        for (let c = 0; c < 3; c++) {
          let sum = 0;
          let i = (y * sourcePx + first[x]!) * 3 + c;
          for (let t = x * width; t < (x + 1) * width; t++, i += 3) sum += weights[t]! * this.rows[i]!;
          target[o++] = Math.round(sum);
        }
      }
    }
  }

  private resizeRows(source: Bytes): void {
    const { first, width, weights } = this.taps;
    const stride = this.sourcePx * 3;
    for (let y = 0; y < this.targetPx; y++) {
      for (let i = 0; i < stride; i++) {
        let sum = 0;
        let from = first[y]! * stride + i;
        for (let t = y * width; t < (y + 1) * width; t++, from += stride) sum += weights[t]! * source[from]!;
        this.rows[y * stride + i] = sum;
      }
    }
  }
}

type Bytes = Uint8Array | Uint8ClampedArray;

/** For each new pixel along one axis, `width` old pixels from `first` on, with weights that add up to 1. */
interface Taps {
  readonly first: Int32Array;
  readonly width: number;
  readonly weights: Float64Array;
}

function areaTaps(sourcePx: number, targetPx: number): Taps {
  const scale = sourcePx / targetPx;
  const width = Math.min(sourcePx, Math.ceil(scale) + 1);
  return makeTaps(sourcePx, targetPx, width, (target, pixel) => {
    const overlap = Math.min((target + 1) * scale, pixel + 1) - Math.max(target * scale, pixel);
    return Math.max(0, overlap) / scale;
  });
}

function bilinearTaps(sourcePx: number, targetPx: number): Taps {
  const scale = sourcePx / targetPx;
  return makeTaps(sourcePx, targetPx, Math.min(2, sourcePx), (target, pixel) => {
    const centre = Math.min(sourcePx - 1, Math.max(0, (target + 0.5) * scale - 0.5));
    return Math.max(0, 1 - Math.abs(pixel - centre));
  });
}

function makeTaps(
  sourcePx: number,
  targetPx: number,
  width: number,
  weight: (target: number, pixel: number) => number,
): Taps {
  const first = new Int32Array(targetPx);
  const weights = new Float64Array(targetPx * width);
  for (let target = 0; target < targetPx; target++) {
    let from = 0;
    while (from < sourcePx - width && weight(target, from) === 0) from++;
    first[target] = from;
    for (let t = 0; t < width; t++) weights[target * width + t] = weight(target, from + t);
  }
  return { first, width, weights };
}
