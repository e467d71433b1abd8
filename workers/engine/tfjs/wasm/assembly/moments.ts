import { flush, fullBytes, paddedBytes, QUARTER_BLOCK } from './channel-rows';
import { fma, load4, loadLanes, store4 } from './simd';

/** Mean and variance over rows, the running statistics, and what they make of gamma and beta. */

/** The deviations of one vector of channels in one row, or in four rows that lie `apart` bytes from each other. */
// @ts-ignore: decorator
@inline function addDeviations(
  x: usize,
  count: i32,
  apart: usize,
  origin: v128,
  lanes: i32,
  sums: usize,
  squares: usize,
): void {
  const d0 = f32x4.sub(loadLanes(x, lanes), origin);
  if (count == 4) {
    const d1 = f32x4.sub(loadLanes(x + apart, lanes), origin);
    const d2 = f32x4.sub(loadLanes(x + 2 * apart, lanes), origin);
    const d3 = f32x4.sub(loadLanes(x + 3 * apart, lanes), origin);
    store4(sums, f32x4.add(load4(sums), f32x4.add(f32x4.add(d0, d1), f32x4.add(d2, d3))));
    store4(squares, fma(d0, d0, fma(d1, d1, fma(d2, d2, fma(d3, d3, load4(squares))))));
  } else {
    store4(sums, f32x4.add(load4(sums), d0));
    store4(squares, fma(d0, d0, load4(squares)));
  }
}

/** The deviations of one row, or of four rows that lie `apart` bytes from each other. */
// @ts-ignore: decorator
@inline function addTogether(x: usize, channels: i32, count: i32, apart: usize, origin: usize, block: usize): void {
  const full = fullBytes(channels);
  const tail = channels & 3;
  const squares = block + paddedBytes(channels);
  for (let c: usize = 0; c < full; c += 16) {
    addDeviations(x + c, count, apart, load4(origin + c), 4, block + c, squares + c);
  }
  if (tail) addDeviations(x + full, count, apart, loadLanes(origin + full, tail), tail, block + full, squares + full);
}

/**
 * Adds to `doubles` [2, padded channels] the sums of d and d², d = x − origin; `origin` is one value a channel near the mean, which keeps
 * the variance exact where the mean is large. `block` has room for as many floats, and is zero before and after.
 */
export function addMoments(x: usize, rows: i32, channels: i32, origin: usize, block: usize, doubles: usize): void {
  const row = (<usize>channels) << 2;
  const quarter = rows >> 2;
  const apart = <usize>quarter * row;
  for (let first = 0; first < quarter; first += QUARTER_BLOCK) {
    for (let r = first, end = min(first + QUARTER_BLOCK, quarter); r < end; r++) {
      addTogether(x, channels, 4, apart, origin, block);
      x += row;
    }
    flush(block, doubles, channels);
  }
  x += 3 * apart;
  for (let r = 4 * quarter; r < rows; r++) {
    addTogether(x, channels, 1, 0, origin, block);
    x += row;
  }
  if (rows & 3) flush(block, doubles, channels);
}

/** mean and biased variance [channels] from the sums of `addMoments` over `rows` rows. */
export function meanAndVariance(
  doubles: usize,
  origin: usize,
  rows: i32,
  channels: i32,
  mean: usize,
  variance: usize,
): void {
  const squares = doubles + 2 * paddedBytes(channels);
  for (let c = 0; c < channels; c++) {
    const d = load<f64>(doubles + ((<usize>c) << 3)) / rows;
    const square = load<f64>(squares + ((<usize>c) << 3)) / rows;
    const at = (<usize>c) << 2;
    store<f32>(mean + at, <f32>(<f64>load<f32>(origin + at) + d));
    // Zero at least, but a NaN stays one.
    const v = square - d * d;
    store<f32>(variance + at, <f32>(v < 0 ? 0 : v));
  }
}

/** target = keep · target + (1 − keep) · factor · value: a running statistic. */
export function runningAverage(target: usize, value: usize, count: i32, keep: f32, factor: f32): void {
  const weight: f32 = (<f32>1 - keep) * factor;
  for (let i: usize = 0, end = (<usize>count) << 2; i < end; i += 4) {
    store<f32>(target + i, keep * load<f32>(target + i) + weight * load<f32>(value + i));
  }
}

/** scale = gamma / √(variance + epsilon), shift = beta − mean · scale; gamma or beta may be 0 for none. */
export function scaleAndShift(
  mean: usize,
  variance: usize,
  gamma: usize,
  beta: usize,
  epsilon: f32,
  channels: i32,
  scale: usize,
  shift: usize,
): void {
  for (let i: usize = 0, end = (<usize>channels) << 2; i < end; i += 4) {
    const inverse = 1 / sqrt<f64>(<f64>load<f32>(variance + i) + <f64>epsilon);
    const s = gamma == 0 ? inverse : <f64>load<f32>(gamma + i) * inverse;
    const b = beta == 0 ? 0 : <f64>load<f32>(beta + i);
    store<f32>(scale + i, <f32>s);
    store<f32>(shift + i, <f32>(b - <f64>load<f32>(mean + i) * s));
  }
}
