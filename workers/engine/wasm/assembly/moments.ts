import { BLOCK, flush, fullBytes, paddedBytes } from './channel-rows';
import { fma, load4, loadLanes, store4 } from './simd';

/** Mean and variance over rows, the running statistics, and what they make of gamma and beta. */

// @ts-ignore: decorator
@inline function addDeviation(x: usize, origin: v128, lanes: i32, sums: usize, squares: usize): void {
  const d = f32x4.sub(loadLanes(x, lanes), origin);
  store4(sums, f32x4.add(load4(sums), d));
  store4(squares, fma(d, d, load4(squares)));
}

// @ts-ignore: decorator
@inline function addDeviations(x: usize, row: usize, origin: v128, lanes: i32, sums: usize, squares: usize): void {
  const d0 = f32x4.sub(loadLanes(x, lanes), origin);
  const d1 = f32x4.sub(loadLanes(x + row, lanes), origin);
  const d2 = f32x4.sub(loadLanes(x + 2 * row, lanes), origin);
  const d3 = f32x4.sub(loadLanes(x + 3 * row, lanes), origin);
  store4(sums, f32x4.add(load4(sums), f32x4.add(f32x4.add(d0, d1), f32x4.add(d2, d3))));
  store4(squares, fma(d0, d0, fma(d1, d1, fma(d2, d2, fma(d3, d3, load4(squares))))));
}

/**
 * Adds to `doubles` [2, padded channels] the sums of d and d², d = x − origin; `origin` is one value a channel near the mean, which keeps
 * the variance exact where the mean is large. `block` has room for as many floats, and is zero before and after.
 */
export function addMoments(x: usize, rows: i32, channels: i32, origin: usize, block: usize, doubles: usize): void {
  const row = (<usize>channels) << 2;
  const full = fullBytes(channels);
  const tail = channels & 3;
  const squares = block + paddedBytes(channels);
  for (let first = 0; first < rows; first += BLOCK) {
    const end = min(first + BLOCK, rows);
    let r = first;
    for (; r + 4 <= end; r += 4) {
      for (let c: usize = 0; c < full; c += 16) addDeviations(x + c, row, load4(origin + c), 4, block + c, squares + c);
      if (tail) addDeviations(x + full, row, loadLanes(origin + full, tail), tail, block + full, squares + full);
      x += 4 * row;
    }
    for (; r < end; r++) {
      for (let c: usize = 0; c < full; c += 16) addDeviation(x + c, load4(origin + c), 4, block + c, squares + c);
      if (tail) addDeviation(x + full, loadLanes(origin + full, tail), tail, block + full, squares + full);
      x += row;
    }
    flush(block, doubles, channels);
  }
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
