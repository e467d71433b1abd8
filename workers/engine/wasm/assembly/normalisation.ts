import {
  activated,
  activatedWithSlope,
  activationGradient,
  constantTable,
  isLinear,
  Linear,
  RELU,
  RELU6,
  Relu,
  Relu6,
  SIGMOID,
  Sigmoid,
  SWISH,
  Swish,
} from './activation';
import { fma, load4, loadLanes, store4, storeLanes, zero4 } from './simd';

/**
 * Batch norm over the rows of [rows, channels], with the activation that follows it. The input is kept for the backward pass and the
 * normalised value is computed again there: one tensor fewer in memory, and reading it would cost as much.
 *
 * Memory is read in the order in which it lies, four rows at a time, so that what belongs to a channel is loaded once for four rows.
 * Sums run over blocks of rows in single precision and over the blocks in double precision: their error does not grow with the rows.
 *
 * What belongs to channels (scale, shift, sums, coefficients) has room for a multiple of four of them.
 */
const BLOCK = 64;

/** Bytes of the vectors of a row that are full, and channels of the one that is not. */
// @ts-ignore: decorator
@inline function fullBytes(channels: i32): usize {
  return (<usize>(channels & ~3)) << 2;
}

/** Bytes of one value a channel, rounded up to whole vectors. */
// @ts-ignore: decorator
@inline function paddedBytes(channels: i32): usize {
  return (<usize>((channels + 3) & ~3)) << 2;
}

/** Adds what a block has summed, [2, padded channels] floats, to doubles in the same order, and clears it. */
function flush(block: usize, doubles: usize, channels: i32): void {
  const end = block + 2 * paddedBytes(channels);
  for (; block < end; block += 16) {
    const value = load4(block);
    const high = v128.shuffle<f32>(value, value, 2, 3, 2, 3);
    store4(doubles, f64x2.add(load4(doubles), f64x2.promote_low_f32x4(value)));
    store4(doubles + 16, f64x2.add(load4(doubles + 16), f64x2.promote_low_f32x4(high)));
    store4(block, zero4());
    doubles += 32;
  }
}

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

// @ts-ignore: decorator
@inline function normaliseVector<Activation>(x: usize, y: usize, s: v128, b: v128, lanes: i32, k: usize): void {
  storeLanes(y, activated<Activation>(fma(loadLanes(x, lanes), s, b), k), lanes);
}

function normaliseRows<Activation>(x: usize, scale: usize, shift: usize, y: usize, rows: i32, channels: i32): void {
  const k = constantTable();
  const row = (<usize>channels) << 2;
  const full = fullBytes(channels);
  const tail = channels & 3;
  let r = 0;
  for (; r + 4 <= rows; r += 4) {
    for (let c: usize = 0; c < full; c += 16) {
      const s = load4(scale + c), b = load4(shift + c);
      normaliseVector<Activation>(x + c, y + c, s, b, 4, k);
      normaliseVector<Activation>(x + c + row, y + c + row, s, b, 4, k);
      normaliseVector<Activation>(x + c + 2 * row, y + c + 2 * row, s, b, 4, k);
      normaliseVector<Activation>(x + c + 3 * row, y + c + 3 * row, s, b, 4, k);
    }
    if (tail) {
      const s = load4(scale + full), b = load4(shift + full);
      for (let i: usize = 0; i < 4 * row; i += row) normaliseVector<Activation>(x + full + i, y + full + i, s, b, tail, k);
    }
    x += 4 * row;
    y += 4 * row;
  }
  for (; r < rows; r++) {
    for (let c: usize = 0; c < full; c += 16) {
      normaliseVector<Activation>(x + c, y + c, load4(scale + c), load4(shift + c), 4, k);
    }
    if (tail) normaliseVector<Activation>(x + full, y + full, load4(scale + full), load4(shift + full), tail, k);
    x += row;
    y += row;
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
  if (kind == RELU) normaliseRows<Relu>(x, scale, shift, y, rows, channels);
  else if (kind == RELU6) normaliseRows<Relu6>(x, scale, shift, y, rows, channels);
  else if (kind == SWISH) normaliseRows<Swish>(x, scale, shift, y, rows, channels);
  else if (kind == SIGMOID) normaliseRows<Sigmoid>(x, scale, shift, y, rows, channels);
  else normaliseRows<Linear>(x, scale, shift, y, rows, channels);
}

/** g = dy · activation′(scale · x + shift) of one vector, stored and returned. */
// @ts-ignore: decorator
@inline function gradientVector<Activation>(x: v128, dy: usize, g: usize, s: v128, b: v128, lanes: i32, k: usize): v128 {
  const gradient = activationGradient<Activation>(fma(x, s, b), loadLanes(dy, lanes), k);
  if (!isLinear<Activation>()) storeLanes(g, gradient, lanes);
  return gradient;
}

// @ts-ignore: decorator
@inline function addGradientRows<Activation>(
  x: usize,
  dy: usize,
  g: usize,
  row: usize,
  rows: i32,
  s: v128,
  b: v128,
  m: v128,
  lanes: i32,
  k: usize,
  sums: usize,
  products: usize,
): void {
  let value = loadLanes(x, lanes);
  let gradient = gradientVector<Activation>(value, dy, g, s, b, lanes, k);
  let sum = f32x4.add(load4(sums), gradient);
  let product = fma(gradient, f32x4.sub(value, m), load4(products));
  if (rows == 4) {
    value = loadLanes(x + row, lanes);
    gradient = gradientVector<Activation>(value, dy + row, g + row, s, b, lanes, k);
    sum = f32x4.add(sum, gradient);
    product = fma(gradient, f32x4.sub(value, m), product);
    value = loadLanes(x + 2 * row, lanes);
    gradient = gradientVector<Activation>(value, dy + 2 * row, g + 2 * row, s, b, lanes, k);
    sum = f32x4.add(sum, gradient);
    product = fma(gradient, f32x4.sub(value, m), product);
    value = loadLanes(x + 3 * row, lanes);
    gradient = gradientVector<Activation>(value, dy + 3 * row, g + 3 * row, s, b, lanes, k);
    sum = f32x4.add(sum, gradient);
    product = fma(gradient, f32x4.sub(value, m), product);
  }
  store4(sums, sum);
  store4(products, product);
}

function gradientSumsOf<Activation>(
  x: usize,
  dy: usize,
  scale: usize,
  shift: usize,
  mean: usize,
  g: usize,
  rows: i32,
  channels: i32,
  block: usize,
  doubles: usize,
): void {
  const k = constantTable();
  const row = (<usize>channels) << 2;
  const full = fullBytes(channels);
  const tail = channels & 3;
  const products = block + paddedBytes(channels);
  for (let first = 0; first < rows; first += BLOCK) {
    const end = min(first + BLOCK, rows);
    let r = first;
    for (; r < end; r += 4) {
      const all = r + 4 <= end;
      // The last one to three rows of a tensor go one by one.
      const count = all ? 1 : end - r;
      const step = all ? 4 : 1;
      for (let i = 0; i < count; i++) {
        for (let c: usize = 0; c < full; c += 16) {
          const s = load4(scale + c), b = load4(shift + c), m = load4(mean + c);
          if (all) addGradientRows<Activation>(x + c, dy + c, g + c, row, 4, s, b, m, 4, k, block + c, products + c);
          else addGradientRows<Activation>(x + c, dy + c, g + c, row, 1, s, b, m, 4, k, block + c, products + c);
        }
        if (tail) {
          const s = load4(scale + full), b = load4(shift + full), m = loadLanes(mean + full, tail);
          for (let j = 0; j < step; j++) {
            const at = full + <usize>j * row;
            addGradientRows<Activation>(x + at, dy + at, g + at, row, 1, s, b, m, tail, k, block + full, products + full);
          }
        }
        const done = <usize>step * row;
        x += done;
        dy += done;
        g += done;
      }
    }
    flush(block, doubles, channels);
  }
}

/**
 * g = dy · activation′(scale · x + shift), not written where the activation is linear (g is dy then); the sums of g and g · (x − mean) are
 * added to `doubles` [2, padded channels]. `block` as in `addMoments`. g may be dy.
 */
export function addGradientSums(
  x: usize,
  dy: usize,
  scale: usize,
  shift: usize,
  mean: usize,
  g: usize,
  rows: i32,
  channels: i32,
  kind: i32,
  block: usize,
  doubles: usize,
): void {
  if (kind == RELU) gradientSumsOf<Relu>(x, dy, scale, shift, mean, g, rows, channels, block, doubles);
  else if (kind == RELU6) gradientSumsOf<Relu6>(x, dy, scale, shift, mean, g, rows, channels, block, doubles);
  else if (kind == SWISH) gradientSumsOf<Swish>(x, dy, scale, shift, mean, g, rows, channels, block, doubles);
  else if (kind == SIGMOID) gradientSumsOf<Sigmoid>(x, dy, scale, shift, mean, g, rows, channels, block, doubles);
  else gradientSumsOf<Linear>(x, dy, scale, shift, mean, g, rows, channels, block, doubles);
}

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
  const full = fullBytes(channels);
  const tail = channels & 3;
  const second = coefficients + paddedBytes(channels);
  const third = second + paddedBytes(channels);
  let r = 0;
  for (; r + 4 <= rows; r += 4) {
    for (let c: usize = 0; c < full; c += 16) {
      const c0 = load4(coefficients + c), c1 = load4(second + c), c2 = load4(third + c);
      combineVector(x + c, g + c, dx + c, c0, c1, c2, 4);
      combineVector(x + c + row, g + c + row, dx + c + row, c0, c1, c2, 4);
      combineVector(x + c + 2 * row, g + c + 2 * row, dx + c + 2 * row, c0, c1, c2, 4);
      combineVector(x + c + 3 * row, g + c + 3 * row, dx + c + 3 * row, c0, c1, c2, 4);
    }
    if (tail) {
      const c0 = load4(coefficients + full), c1 = load4(second + full), c2 = load4(third + full);
      for (let i = full; i < full + 4 * row; i += row) combineVector(x + i, g + i, dx + i, c0, c1, c2, tail);
    }
    x += 4 * row;
    g += 4 * row;
    dx += 4 * row;
  }
  for (; r < rows; r++) {
    for (let c: usize = 0; c < full; c += 16) {
      combineVector(x + c, g + c, dx + c, load4(coefficients + c), load4(second + c), load4(third + c), 4);
    }
    if (tail) {
      combineVector(x + full, g + full, dx + full, load4(coefficients + full), load4(second + full), load4(third + full), tail);
    }
    x += row;
    g += row;
    dx += row;
  }
}

// @ts-ignore: decorator
@inline function slopeVector<Activation>(
  x: usize,
  y: usize,
  slope: usize,
  s: v128,
  b: v128,
  lanes: i32,
  k: usize,
): void {
  activatedWithSlope<Activation>(fma(loadLanes(x, lanes), s, b), y, slope, lanes, k);
}

function normaliseRowsWithSlope<Activation>(
  x: usize,
  scale: usize,
  shift: usize,
  y: usize,
  slope: usize,
  rows: i32,
  channels: i32,
): void {
  const k = constantTable();
  const row = (<usize>channels) << 2;
  const full = fullBytes(channels);
  const tail = channels & 3;
  let r = 0;
  for (; r + 2 <= rows; r += 2) {
    for (let c: usize = 0; c < full; c += 16) {
      const s = load4(scale + c), b = load4(shift + c);
      slopeVector<Activation>(x + c, y + c, slope + c, s, b, 4, k);
      slopeVector<Activation>(x + c + row, y + c + row, slope + c + row, s, b, 4, k);
    }
    if (tail) {
      const s = load4(scale + full), b = load4(shift + full);
      for (let i = full; i < full + 2 * row; i += row) slopeVector<Activation>(x + i, y + i, slope + i, s, b, tail, k);
    }
    x += 2 * row;
    y += 2 * row;
    slope += 2 * row;
  }
  if (r < rows) {
    for (let c: usize = 0; c < full; c += 16) {
      slopeVector<Activation>(x + c, y + c, slope + c, load4(scale + c), load4(shift + c), 4, k);
    }
    if (tail) {
      slopeVector<Activation>(x + full, y + full, slope + full, load4(scale + full), load4(shift + full), tail, k);
    }
  }
}

/** y = activation(z) and slope = activation′(z) for z = scale · x + shift, from one exponential. */
export function normaliseWithSlope(
  x: usize,
  scale: usize,
  shift: usize,
  y: usize,
  slope: usize,
  rows: i32,
  channels: i32,
  kind: i32,
): void {
  if (kind == RELU) normaliseRowsWithSlope<Relu>(x, scale, shift, y, slope, rows, channels);
  else if (kind == RELU6) normaliseRowsWithSlope<Relu6>(x, scale, shift, y, slope, rows, channels);
  else if (kind == SWISH) normaliseRowsWithSlope<Swish>(x, scale, shift, y, slope, rows, channels);
  else if (kind == SIGMOID) normaliseRowsWithSlope<Sigmoid>(x, scale, shift, y, slope, rows, channels);
  else normaliseRowsWithSlope<Linear>(x, scale, shift, y, slope, rows, channels);
}

/** g = dy · slope for `count` rows of one vector of channels, and their sums. */
// @ts-ignore: decorator
@inline function productRows(
  x: usize,
  dy: usize,
  slope: usize,
  g: usize,
  row: usize,
  count: i32,
  m: v128,
  lanes: i32,
  sums: usize,
  products: usize,
): void {
  let gradient = f32x4.mul(loadLanes(dy, lanes), loadLanes(slope, lanes));
  storeLanes(g, gradient, lanes);
  let sum = f32x4.add(load4(sums), gradient);
  let product = fma(gradient, f32x4.sub(loadLanes(x, lanes), m), load4(products));
  if (count == 4) {
    gradient = f32x4.mul(loadLanes(dy + row, lanes), loadLanes(slope + row, lanes));
    storeLanes(g + row, gradient, lanes);
    sum = f32x4.add(sum, gradient);
    product = fma(gradient, f32x4.sub(loadLanes(x + row, lanes), m), product);
    gradient = f32x4.mul(loadLanes(dy + 2 * row, lanes), loadLanes(slope + 2 * row, lanes));
    storeLanes(g + 2 * row, gradient, lanes);
    sum = f32x4.add(sum, gradient);
    product = fma(gradient, f32x4.sub(loadLanes(x + 2 * row, lanes), m), product);
    gradient = f32x4.mul(loadLanes(dy + 3 * row, lanes), loadLanes(slope + 3 * row, lanes));
    storeLanes(g + 3 * row, gradient, lanes);
    sum = f32x4.add(sum, gradient);
    product = fma(gradient, f32x4.sub(loadLanes(x + 3 * row, lanes), m), product);
  }
  store4(sums, sum);
  store4(products, product);
}

/** As `addGradientSums` with the activation's slope known: g = dy · slope, and the sums of g and g · (x − mean) are added to `doubles`. */
export function multiplyWithSums(
  x: usize,
  dy: usize,
  slope: usize,
  mean: usize,
  g: usize,
  rows: i32,
  channels: i32,
  block: usize,
  doubles: usize,
): void {
  const row = (<usize>channels) << 2;
  const full = fullBytes(channels);
  const tail = channels & 3;
  const products = block + paddedBytes(channels);
  for (let first = 0; first < rows; first += BLOCK) {
    let left = min(BLOCK, rows - first);
    while (left > 0) {
      const step = left >= 4 ? 4 : 1;
      for (let c: usize = 0; c < full; c += 16) {
        const m = load4(mean + c);
        if (step == 4) productRows(x + c, dy + c, slope + c, g + c, row, 4, m, 4, block + c, products + c);
        else productRows(x + c, dy + c, slope + c, g + c, row, 1, m, 4, block + c, products + c);
      }
      if (tail) {
        const m = loadLanes(mean + full, tail);
        for (let i = full, end = full + <usize>step * row; i < end; i += row) {
          productRows(x + i, dy + i, slope + i, g + i, row, 1, m, tail, block + full, products + full);
        }
      }
      const done = <usize>step * row;
      x += done;
      dy += done;
      slope += done;
      g += done;
      left -= step;
    }
    flush(block, doubles, channels);
  }
}
