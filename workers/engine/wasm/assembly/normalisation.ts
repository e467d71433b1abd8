import {
  activate4,
  activationGradient4,
  constantTable,
  LINEAR,
  RELU,
  RELU6,
  SIGMOID,
  SWISH,
} from './activation';
import { fma, load4, splat4, store4, zero4 } from './simd';

/**
 * Batch norm over the rows of [rows, channels], with the activation that follows it. The input is kept for the backward pass and the
 * normalised value is computed again there: one tensor fewer in memory, and reading it would cost as much.
 *
 * Sums run over blocks of rows in single precision and over the blocks in double precision, so their error does not grow with the rows.
 */
const ROW_BLOCK = 64;

/** Adds the four lanes of `value` to four doubles. */
// @ts-ignore: decorator
@inline function addToDoubles(target: usize, value: v128): void {
  v128.store(target, f64x2.add(v128.load(target), f64x2.promote_low_f32x4(value)));
  const high = v128.shuffle<f32>(value, value, 2, 3, 2, 3);
  v128.store(target + 16, f64x2.add(v128.load(target + 16), f64x2.promote_low_f32x4(high)));
}

/**
 * Sums of d and d², d = x − the first row of x, as doubles: sums [2, channels]. The shift keeps the variance exact where the mean is large.
 */
export function shiftedSums(x: usize, rows: i32, channels: i32, sums: usize): void {
  const rowBytes = (<usize>channels) << 2;
  const vectorBytes = (<usize>(channels & ~3)) << 2;
  const squares = sums + ((<usize>channels) << 3);
  memory.fill(sums, 0, (<usize>channels) << 4);
  for (let first = 0; first < rows; first += ROW_BLOCK) {
    const start = x + <usize>first * rowBytes;
    const end = start + <usize>min(ROW_BLOCK, rows - first) * rowBytes;
    for (let c: usize = 0; c < vectorBytes; c += 16) {
      const origin = load4(x + c);
      let sum = zero4();
      let square = sum;
      for (let p = start + c; p < end; p += rowBytes) {
        const d = f32x4.sub(load4(p), origin);
        sum = f32x4.add(sum, d);
        square = fma(d, d, square);
      }
      addToDoubles(sums + 2 * c, sum);
      addToDoubles(squares + 2 * c, square);
    }
    for (let c = vectorBytes; c < rowBytes; c += 4) {
      const origin = load<f32>(x + c);
      let sum: f64 = 0;
      let square: f64 = 0;
      for (let p = start + c; p < end; p += rowBytes) {
        const d = <f64>(load<f32>(p) - origin);
        sum += d;
        square += d * d;
      }
      store<f64>(sums + 2 * c, load<f64>(sums + 2 * c) + sum);
      store<f64>(squares + 2 * c, load<f64>(squares + 2 * c) + square);
    }
  }
}

/** mean and biased variance [channels] from the sums of `shiftedSums`; `origin` is the first row of x. */
export function meanAndVariance(
  sums: usize,
  origin: usize,
  rows: i32,
  channels: i32,
  mean: usize,
  variance: usize,
): void {
  for (let c = 0; c < channels; c++) {
    const d = load<f64>(sums + ((<usize>c) << 3)) / rows;
    const square = load<f64>(sums + ((<usize>(c + channels)) << 3)) / rows;
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

// @ts-ignore: decorator
@inline function normaliseRows(x: usize, scale: usize, shift: usize, y: usize, rows: i32, channels: i32, kind: i32): void {
  const k = constantTable();
  const rowBytes = (<usize>channels) << 2;
  const vectorBytes = (<usize>(channels & ~3)) << 2;
  for (let row = 0; row < rows; row++) {
    for (let c: usize = 0; c < vectorBytes; c += 16) {
      store4(y + c, activate4(fma(load4(x + c), load4(scale + c), load4(shift + c)), kind, k));
    }
    for (let c = vectorBytes; c < rowBytes; c += 4) {
      const z = fma(splat4(x + c), splat4(scale + c), splat4(shift + c));
      store<f32>(y + c, f32x4.extract_lane(activate4(z, kind, k), 0));
    }
    x += rowBytes;
    y += rowBytes;
  }
}

/** y = activation(scale · x + shift), scale and shift a channel's. y may be x. */
export function normalise(
  x: usize,
  scale: usize,
  shift: usize,
  y: usize,
  rows: i32,
  channels: i32,
  kind: i32,
): void {
  if (kind == RELU) normaliseRows(x, scale, shift, y, rows, channels, RELU);
  else if (kind == RELU6) normaliseRows(x, scale, shift, y, rows, channels, RELU6);
  else if (kind == SWISH) normaliseRows(x, scale, shift, y, rows, channels, SWISH);
  else if (kind == SIGMOID) normaliseRows(x, scale, shift, y, rows, channels, SIGMOID);
  else normaliseRows(x, scale, shift, y, rows, channels, LINEAR);
}

// @ts-ignore: decorator
@inline function gradientSumsOf(
  x: usize,
  dy: usize,
  scale: usize,
  shift: usize,
  mean: usize,
  g: usize,
  rows: i32,
  channels: i32,
  kind: i32,
  sums: usize,
): void {
  const k = constantTable();
  const rowBytes = (<usize>channels) << 2;
  const vectorBytes = (<usize>(channels & ~3)) << 2;
  const products = sums + ((<usize>channels) << 3);
  memory.fill(sums, 0, (<usize>channels) << 4);
  for (let first = 0; first < rows; first += ROW_BLOCK) {
    const start = <usize>first * rowBytes;
    const end = start + <usize>min(ROW_BLOCK, rows - first) * rowBytes;
    for (let c: usize = 0; c < vectorBytes; c += 16) {
      const s = load4(scale + c);
      const b = load4(shift + c);
      const m = load4(mean + c);
      let sum = zero4();
      let product = sum;
      for (let p = start + c; p < end; p += rowBytes) {
        const value = load4(x + p);
        let gradient = load4(dy + p);
        if (kind != LINEAR) {
          gradient = activationGradient4(fma(value, s, b), gradient, kind, k);
          store4(g + p, gradient);
        }
        sum = f32x4.add(sum, gradient);
        product = fma(gradient, f32x4.sub(value, m), product);
      }
      addToDoubles(sums + 2 * c, sum);
      addToDoubles(products + 2 * c, product);
    }
    for (let c = vectorBytes; c < rowBytes; c += 4) {
      let sum: f64 = 0;
      let product: f64 = 0;
      for (let p = start + c; p < end; p += rowBytes) {
        const z = fma(splat4(x + p), splat4(scale + c), splat4(shift + c));
        const gradient = f32x4.extract_lane(activationGradient4(z, splat4(dy + p), kind, k), 0);
        if (kind != LINEAR) store<f32>(g + p, gradient);
        sum += <f64>gradient;
        product += <f64>gradient * <f64>(load<f32>(x + p) - load<f32>(mean + c));
      }
      store<f64>(sums + 2 * c, load<f64>(sums + 2 * c) + sum);
      store<f64>(products + 2 * c, load<f64>(products + 2 * c) + product);
    }
  }
}

/**
 * g = dy · activation′(scale · x + shift), not written where the activation is linear (g is dy then), and the sums [2, channels]
 * of g and g · (x − mean) as doubles. g may be dy.
 */
export function normaliseGradientSums(
  x: usize,
  dy: usize,
  scale: usize,
  shift: usize,
  mean: usize,
  g: usize,
  rows: i32,
  channels: i32,
  kind: i32,
  sums: usize,
): void {
  if (kind == RELU) gradientSumsOf(x, dy, scale, shift, mean, g, rows, channels, RELU, sums);
  else if (kind == RELU6) gradientSumsOf(x, dy, scale, shift, mean, g, rows, channels, RELU6, sums);
  else if (kind == SWISH) gradientSumsOf(x, dy, scale, shift, mean, g, rows, channels, SWISH, sums);
  else if (kind == SIGMOID) gradientSumsOf(x, dy, scale, shift, mean, g, rows, channels, SIGMOID, sums);
  else gradientSumsOf(x, dy, scale, shift, mean, g, rows, channels, LINEAR, sums);
}

/**
 * dBeta = Σ g, dGamma = Σ g · x̂, and the coefficients [3, channels] of dx = c0 · g + c1 · x + c2. In training the statistics depend on x:
 * dx = γ/σ · (g − mean(g) − x̂ · mean(g · x̂)) (Ioffe and Szegedy 2015); otherwise dx = γ/σ · g.
 */
export function normaliseGradientCoefficients(
  sums: usize,
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
  const stride = (<usize>channels) << 2;
  for (let c = 0; c < channels; c++) {
    const at = (<usize>c) << 2;
    const sum = load<f64>(sums + ((<usize>c) << 3));
    const inverse = 1 / sqrt<f64>(<f64>load<f32>(variance + at) + <f64>epsilon);
    const product = load<f64>(sums + ((<usize>(c + channels)) << 3)) * inverse;
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

/** dx = c0 · g + c1 · x + c2 with the coefficients [3, channels]. dx may be g. */
export function normaliseGradient(
  x: usize,
  g: usize,
  coefficients: usize,
  dx: usize,
  rows: i32,
  channels: i32,
): void {
  const rowBytes = (<usize>channels) << 2;
  const vectorBytes = (<usize>(channels & ~3)) << 2;
  const c1 = coefficients + rowBytes;
  const c2 = c1 + rowBytes;
  for (let row = 0; row < rows; row++) {
    for (let c: usize = 0; c < vectorBytes; c += 16) {
      store4(dx + c, fma(load4(g + c), load4(coefficients + c), fma(load4(x + c), load4(c1 + c), load4(c2 + c))));
    }
    for (let c = vectorBytes; c < rowBytes; c += 4) {
      store<f32>(
        dx + c,
        load<f32>(g + c) * load<f32>(coefficients + c) + (load<f32>(x + c) * load<f32>(c1 + c) + load<f32>(c2 + c)),
      );
    }
    x += rowBytes;
    g += rowBytes;
    dx += rowBytes;
  }
}
