import { fullBytes, paddedBytes } from './channel-rows';
import { fma, load4, loadLanes, storeLanes } from './simd';

/** The second half of batch norm's gradient, once the sums over all rows are known. */

/**
 * dBeta = Σ g, dGamma = Σ g · x̂, and the coefficients [3, padded channels] of dx = c0 · g + c1 · x + c2. In training the statistics depend
 * on x: dx = γ/σ · (g − mean(g) − x̂ · mean(g · x̂)) (Ioffe and Szegedy 2015); otherwise dx = γ/σ · g.
 */
export function gradientCoefficients(
  doubles: usize,
  mean: usize,
  variance: usize,
  gamma: usize,
  epsilon: f32,
  rows: i32,
  channels: i32,
  training: i32,
  dGamma: usize,
  dBeta: usize,
  coefficients: usize,
): void {
  const stride = paddedBytes(channels);
  const products = doubles + 2 * stride;
  for (let c = 0; c < channels; c++) {
    const at = (<usize>c) << 2;
    const sum = load<f64>(doubles + 2 * at);
    const inverse = 1 / sqrt<f64>(<f64>load<f32>(variance + at) + <f64>epsilon);
    const product = load<f64>(products + 2 * at) * inverse;
    store<f32>(dBeta + at, <f32>sum);
    store<f32>(dGamma + at, <f32>product);
    const scale = <f64>load<f32>(gamma + at) * inverse;
    const slope = training ? (-scale * inverse * product) / rows : 0;
    const offset = training ? (-scale * sum) / rows - slope * <f64>load<f32>(mean + at) : 0;
    store<f32>(coefficients + at, <f32>scale);
    store<f32>(coefficients + stride + at, <f32>slope);
    store<f32>(coefficients + 2 * stride + at, <f32>offset);
  }
}

// @ts-ignore: decorator
@inline function combineVector(x: usize, g: usize, dx: usize, c0: v128, c1: v128, c2: v128, lanes: i32): void {
  storeLanes(dx, fma(loadLanes(g, lanes), c0, fma(loadLanes(x, lanes), c1, c2)), lanes);
}

/** One row, or four rows that lie `apart` bytes from each other. */
// @ts-ignore: decorator
@inline function combineTogether(
  x: usize,
  g: usize,
  coefficients: usize,
  dx: usize,
  channels: i32,
  count: i32,
  apart: usize,
): void {
  const full = fullBytes(channels);
  const tail = channels & 3;
  const second = coefficients + paddedBytes(channels);
  const third = second + paddedBytes(channels);
  for (let c: usize = 0; c < full; c += 16) {
    const c0 = load4(coefficients + c), c1 = load4(second + c), c2 = load4(third + c);
    let at = c;
    combineVector(x + at, g + at, dx + at, c0, c1, c2, 4);
    if (count == 4) {
      at += apart;
      combineVector(x + at, g + at, dx + at, c0, c1, c2, 4);
      at += apart;
      combineVector(x + at, g + at, dx + at, c0, c1, c2, 4);
      at += apart;
      combineVector(x + at, g + at, dx + at, c0, c1, c2, 4);
    }
  }
  if (tail) {
    const c0 = load4(coefficients + full), c1 = load4(second + full), c2 = load4(third + full);
    let at = full;
    for (let i = 0; i < count; i++) {
      combineVector(x + at, g + at, dx + at, c0, c1, c2, tail);
      at += apart;
    }
  }
}

/** dx = c0 · g + c1 · x + c2 with the coefficients [3, padded channels]. dx may be g. */
export function combineGradient(
  x: usize,
  g: usize,
  coefficients: usize,
  dx: usize,
  rows: i32,
  channels: i32,
): void {
  const row = (<usize>channels) << 2;
  const quarter = rows >> 2;
  const apart = <usize>quarter * row;
  for (let r = 0; r < quarter; r++) {
    combineTogether(x, g, coefficients, dx, channels, 4, apart);
    x += row;
    g += row;
    dx += row;
  }
  x += 3 * apart;
  g += 3 * apart;
  dx += 3 * apart;
  for (let r = 4 * quarter; r < rows; r++) {
    combineTogether(x, g, coefficients, dx, channels, 1, 0);
    x += row;
    g += row;
    dx += row;
  }
}
