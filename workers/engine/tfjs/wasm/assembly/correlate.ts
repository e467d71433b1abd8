import { fma, load4, storeLanes, zero4 } from './simd';

/**
 * The inner loops of depthwise convolutions, on planes (planes.ts). A kernel width or a stride that is a constant where these are
 * inlined costs neither a loop nor an addition of addresses; 0 stands for one that is only known at run time.
 */

/** What a correlation reads and writes. Bytes unless said otherwise. */
@unmanaged
export class Correlation {
  /** First tap of the first window in the plane, and from one window to the next, down and to the right. */
  start: usize;
  windowRow: usize;
  windowStep: usize;
  /** From one tap to the next, down and to the right. */
  tapRow: usize;
  tapStep: usize;
  /** Taps. */
  kernelHeight: i32;
  kernelWidth: i32;
  /** One vector a tap. */
  weights: usize;
  /** Results: first, from one to the next down and to the right, how many. */
  target: usize;
  targetRow: usize;
  targetStep: usize;
  height: i32;
  width: i32;
  /** Channels that a result really has, ≤ 4. */
  lanes: i32;
}

// @ts-ignore: decorator
@inline function correlateAs(c: Correlation, constantWidth: i32, constantStep: usize): void {
  const step = constantStep ? constantStep : c.windowStep;
  const tapStep: usize = constantWidth ? 16 : c.tapStep;
  const kernelWidth = constantWidth ? constantWidth : c.kernelWidth;
  const weightRow = (<usize>kernelWidth) << 4;
  const tapRow = c.tapRow;
  const targetStep = c.targetStep;
  const lanes = c.lanes;
  const width = c.width;
  const weights = c.weights;
  const weightsEnd = weights + <usize>c.kernelHeight * weightRow;
  for (let row = 0; row < c.height; row++) {
    const line = c.start + <usize>row * c.windowRow;
    const target = c.target + <usize>row * c.targetRow;
    for (let column = 0; column < width; column += 4) {
      if (width >= 4) {
        // The last four of a line may repeat some that are done.
        const first = min(column, width - 4);
        let s0 = zero4(), s1 = s0, s2 = s0, s3 = s0;
        let window = line + <usize>first * step;
        for (let w = weights; w < weightsEnd; w += weightRow) {
          if (constantWidth) {
            let f = load4(w);
            s0 = fma(load4(window), f, s0);
            s1 = fma(load4(window + step), f, s1);
            s2 = fma(load4(window + 2 * step), f, s2);
            s3 = fma(load4(window + 3 * step), f, s3);
            if (constantWidth > 1) {
              f = load4(w + 16);
              s0 = fma(load4(window + 16), f, s0);
              s1 = fma(load4(window + step + 16), f, s1);
              s2 = fma(load4(window + 2 * step + 16), f, s2);
              s3 = fma(load4(window + 3 * step + 16), f, s3);
            }
            if (constantWidth > 2) {
              f = load4(w + 32);
              s0 = fma(load4(window + 32), f, s0);
              s1 = fma(load4(window + step + 32), f, s1);
              s2 = fma(load4(window + 2 * step + 32), f, s2);
              s3 = fma(load4(window + 3 * step + 32), f, s3);
            }
            if (constantWidth > 3) {
              f = load4(w + 48);
              s0 = fma(load4(window + 48), f, s0);
              s1 = fma(load4(window + step + 48), f, s1);
              s2 = fma(load4(window + 2 * step + 48), f, s2);
              s3 = fma(load4(window + 3 * step + 48), f, s3);
              f = load4(w + 64);
              s0 = fma(load4(window + 64), f, s0);
              s1 = fma(load4(window + step + 64), f, s1);
              s2 = fma(load4(window + 2 * step + 64), f, s2);
              s3 = fma(load4(window + 3 * step + 64), f, s3);
            }
          } else {
            let tap = window;
            for (let at = w; at < w + weightRow; at += 16) {
              const f = load4(at);
              s0 = fma(load4(tap), f, s0);
              s1 = fma(load4(tap + step), f, s1);
              s2 = fma(load4(tap + 2 * step), f, s2);
              s3 = fma(load4(tap + 3 * step), f, s3);
              tap += tapStep;
            }
          }
          window += tapRow;
        }
        const at = target + <usize>first * targetStep;
        storeLanes(at, s0, lanes);
        storeLanes(at + targetStep, s1, lanes);
        storeLanes(at + 2 * targetStep, s2, lanes);
        storeLanes(at + 3 * targetStep, s3, lanes);
      } else {
        for (let i = 0; i < width; i++) {
          let sum = zero4();
          let window = line + <usize>i * step;
          for (let w = weights; w < weightsEnd; w += weightRow) {
            let tap = window;
            for (let at = w; at < w + weightRow; at += 16) {
              sum = fma(load4(tap), load4(at), sum);
              tap += tapStep;
            }
            window += tapRow;
          }
          storeLanes(target + <usize>i * targetStep, sum, lanes);
        }
      }
    }
  }
}

/** Every result is the sum over its window of plane · weight. Kernel widths 1, 2, 3 and 5 at steps 1 and 2 have loops of their own. */
export function correlate(c: Correlation): void {
  if (c.tapStep == 16 && c.windowStep == 16) {
    if (c.kernelWidth == 1) return correlateAs(c, 1, 16);
    if (c.kernelWidth == 2) return correlateAs(c, 2, 16);
    if (c.kernelWidth == 3) return correlateAs(c, 3, 16);
    if (c.kernelWidth == 5) return correlateAs(c, 5, 16);
  } else if (c.tapStep == 16 && c.windowStep == 32) {
    if (c.kernelWidth == 3) return correlateAs(c, 3, 32);
    if (c.kernelWidth == 5) return correlateAs(c, 5, 32);
  }
  correlateAs(c, 0, 0);
}

/**
 * Adds to `rows` lines of taps (their weights' gradients, one vector a tap) the sums over all windows of plane · gradient, where the
 * gradients lie one vector after the other in lines that are `gradientRow` apart.
 */
// @ts-ignore: decorator
@inline function tapSums(
  c: Correlation,
  gradients: usize,
  gradientRow: usize,
  firstRow: i32,
  rows: i32,
  width: i32,
): void {
  const step = c.windowStep;
  const tapRow = c.tapRow;
  let a0 = zero4(), a1 = a0, a2 = a0, a3 = a0, a4 = a0;
  let b0 = a0, b1 = a0, b2 = a0, b3 = a0, b4 = a0;
  let d0 = a0, d1 = a0, d2 = a0;
  for (let row = 0; row < c.height; row++) {
    let p = c.start + <usize>row * c.windowRow + <usize>firstRow * tapRow;
    let q = p + tapRow;
    let r = q + tapRow;
    let g = gradients + <usize>row * gradientRow;
    for (const end = g + ((<usize>c.width) << 4); g < end; g += 16) {
      const y = load4(g);
      a0 = fma(load4(p), y, a0);
      a1 = fma(load4(p + 16), y, a1);
      a2 = fma(load4(p + 32), y, a2);
      if (width > 3) {
        a3 = fma(load4(p + 48), y, a3);
        a4 = fma(load4(p + 64), y, a4);
      }
      p += step;
      if (rows > 1) {
        b0 = fma(load4(q), y, b0);
        b1 = fma(load4(q + 16), y, b1);
        b2 = fma(load4(q + 32), y, b2);
        if (width > 3) {
          b3 = fma(load4(q + 48), y, b3);
          b4 = fma(load4(q + 64), y, b4);
        }
        q += step;
      }
      if (rows > 2) {
        d0 = fma(load4(r), y, d0);
        d1 = fma(load4(r + 16), y, d1);
        d2 = fma(load4(r + 32), y, d2);
        r += step;
      }
    }
  }
  let at = c.weights + ((<usize>(firstRow * width)) << 4);
  add(at, a0);
  add(at + 16, a1);
  add(at + 32, a2);
  if (width > 3) {
    add(at + 48, a3);
    add(at + 64, a4);
  }
  at += (<usize>width) << 4;
  if (rows > 1) {
    add(at, b0);
    add(at + 16, b1);
    add(at + 32, b2);
    if (width > 3) {
      add(at + 48, b3);
      add(at + 64, b4);
    }
    at += (<usize>width) << 4;
  }
  if (rows > 2) {
    add(at, d0);
    add(at + 16, d1);
    add(at + 32, d2);
  }
}

// @ts-ignore: decorator
@inline function add(target: usize, value: v128): void {
  v128.store(target, f32x4.add(load4(target), value));
}

/** One tap of any kernel: four sums side by side, to hide the latency of the additions. */
function tapSum(c: Correlation, gradients: usize, gradientRow: usize, kh: i32, kw: i32): void {
  let s0 = zero4(), s1 = s0, s2 = s0, s3 = s0;
  const step = c.windowStep;
  for (let row = 0; row < c.height; row++) {
    let p = c.start + <usize>row * c.windowRow + <usize>kh * c.tapRow + <usize>kw * c.tapStep;
    let g = gradients + <usize>row * gradientRow;
    const end = g + ((<usize>c.width) << 4);
    for (; g + 64 <= end; g += 64) {
      s0 = fma(load4(p), load4(g), s0);
      s1 = fma(load4(p + step), load4(g + 16), s1);
      s2 = fma(load4(p + 2 * step), load4(g + 32), s2);
      s3 = fma(load4(p + 3 * step), load4(g + 48), s3);
      p += 4 * step;
    }
    for (; g < end; g += 16) {
      s0 = fma(load4(p), load4(g), s0);
      p += step;
    }
  }
  add(c.weights + ((<usize>(kh * c.kernelWidth + kw)) << 4), f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
}

/** Adds the gradient of every tap to `c.weights`; the gradients of the results lie in a plane from `gradients` on. */
export function correlateGradient(c: Correlation, gradients: usize, gradientRow: usize): void {
  const height = c.kernelHeight;
  if (c.kernelWidth == 3 && c.tapStep == 16) {
    let kh = 0;
    for (; kh + 3 <= height; kh += 3) tapSums(c, gradients, gradientRow, kh, 3, 3);
    for (; kh < height; kh++) tapSums(c, gradients, gradientRow, kh, 1, 3);
  } else if (c.kernelWidth == 5 && c.tapStep == 16) {
    let kh = 0;
    for (; kh + 2 <= height; kh += 2) tapSums(c, gradients, gradientRow, kh, 2, 5);
    for (; kh < height; kh++) tapSums(c, gradients, gradientRow, kh, 1, 5);
  } else {
    for (let kh = 0; kh < height; kh++) {
      for (let kw = 0; kw < c.kernelWidth; kw++) tapSum(c, gradients, gradientRow, kh, kw);
    }
  }
}
