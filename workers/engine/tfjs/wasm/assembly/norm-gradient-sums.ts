import {
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
import { flush, fullBytes, paddedBytes, QUARTER_BLOCK } from './channel-rows';
import { fma, load4, loadLanes, store4, storeLanes } from './simd';

/** The first half of batch norm's gradient: through the activation, and the sums over all rows that the second half needs. */

/** g = dy · activation′(scale · x + shift) of one vector, stored and returned. */
// @ts-ignore: decorator
@inline function gradientVector<Activation>(x: v128, dy: usize, g: usize, s: v128, b: v128, lanes: i32, k: usize): v128 {
  const gradient = activationGradient<Activation>(fma(x, s, b), loadLanes(dy, lanes), k);
  if (!isLinear<Activation>()) storeLanes(g, gradient, lanes);
  return gradient;
}

/** g of one vector of channels in one row, or in four rows that lie `apart` bytes from each other, and their sums. */
// @ts-ignore: decorator
@inline function addGradientVectors<Activation>(
  x: usize,
  dy: usize,
  g: usize,
  count: i32,
  apart: usize,
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
  if (count == 4) {
    value = loadLanes(x + apart, lanes);
    gradient = gradientVector<Activation>(value, dy + apart, g + apart, s, b, lanes, k);
    sum = f32x4.add(sum, gradient);
    product = fma(gradient, f32x4.sub(value, m), product);
    value = loadLanes(x + 2 * apart, lanes);
    gradient = gradientVector<Activation>(value, dy + 2 * apart, g + 2 * apart, s, b, lanes, k);
    sum = f32x4.add(sum, gradient);
    product = fma(gradient, f32x4.sub(value, m), product);
    value = loadLanes(x + 3 * apart, lanes);
    gradient = gradientVector<Activation>(value, dy + 3 * apart, g + 3 * apart, s, b, lanes, k);
    sum = f32x4.add(sum, gradient);
    product = fma(gradient, f32x4.sub(value, m), product);
  }
  store4(sums, sum);
  store4(products, product);
}

/** g of one row, or of four rows that lie `apart` bytes from each other, and their sums. */
// @ts-ignore: decorator
@inline function addGradientTogether<Activation>(
  x: usize,
  dy: usize,
  scale: usize,
  shift: usize,
  mean: usize,
  g: usize,
  channels: i32,
  count: i32,
  apart: usize,
  k: usize,
  block: usize,
): void {
  const full = fullBytes(channels);
  const tail = channels & 3;
  const products = block + paddedBytes(channels);
  for (let c: usize = 0; c < full; c += 16) {
    const s = load4(scale + c), b = load4(shift + c), m = load4(mean + c);
    addGradientVectors<Activation>(x + c, dy + c, g + c, count, apart, s, b, m, 4, k, block + c, products + c);
  }
  if (tail) {
    const s = load4(scale + full), b = load4(shift + full), m = loadLanes(mean + full, tail);
    let at = full;
    for (let i = 0; i < count; i++) {
      addGradientVectors<Activation>(x + at, dy + at, g + at, 1, 0, s, b, m, tail, k, block + full, products + full);
      at += apart;
    }
  }
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
  const quarter = rows >> 2;
  const apart = <usize>quarter * row;
  for (let first = 0; first < quarter; first += QUARTER_BLOCK) {
    for (let r = first, end = min(first + QUARTER_BLOCK, quarter); r < end; r++) {
      addGradientTogether<Activation>(x, dy, scale, shift, mean, g, channels, 4, apart, k, block);
      x += row;
      dy += row;
      g += row;
    }
    flush(block, doubles, channels);
  }
  x += 3 * apart;
  dy += 3 * apart;
  g += 3 * apart;
  for (let r = 4 * quarter; r < rows; r++) {
    addGradientTogether<Activation>(x, dy, scale, shift, mean, g, channels, 1, 0, k, block);
    x += row;
    dy += row;
    g += row;
  }
  if (rows & 3) flush(block, doubles, channels);
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

/** As `addGradientVectors` with the slope known. */
// @ts-ignore: decorator
@inline function multiplyVectors(
  x: usize,
  dy: usize,
  slope: usize,
  g: usize,
  count: i32,
  apart: usize,
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
    gradient = f32x4.mul(loadLanes(dy + apart, lanes), loadLanes(slope + apart, lanes));
    storeLanes(g + apart, gradient, lanes);
    sum = f32x4.add(sum, gradient);
    product = fma(gradient, f32x4.sub(loadLanes(x + apart, lanes), m), product);
    gradient = f32x4.mul(loadLanes(dy + 2 * apart, lanes), loadLanes(slope + 2 * apart, lanes));
    storeLanes(g + 2 * apart, gradient, lanes);
    sum = f32x4.add(sum, gradient);
    product = fma(gradient, f32x4.sub(loadLanes(x + 2 * apart, lanes), m), product);
    gradient = f32x4.mul(loadLanes(dy + 3 * apart, lanes), loadLanes(slope + 3 * apart, lanes));
    storeLanes(g + 3 * apart, gradient, lanes);
    sum = f32x4.add(sum, gradient);
    product = fma(gradient, f32x4.sub(loadLanes(x + 3 * apart, lanes), m), product);
  }
  store4(sums, sum);
  store4(products, product);
}

/** As `addGradientTogether` with the slope known. */
// @ts-ignore: decorator
@inline function multiplyTogether(
  x: usize,
  dy: usize,
  slope: usize,
  mean: usize,
  g: usize,
  channels: i32,
  count: i32,
  apart: usize,
  block: usize,
): void {
  const full = fullBytes(channels);
  const tail = channels & 3;
  const products = block + paddedBytes(channels);
  for (let c: usize = 0; c < full; c += 16) {
    multiplyVectors(x + c, dy + c, slope + c, g + c, count, apart, load4(mean + c), 4, block + c, products + c);
  }
  if (tail) {
    const m = loadLanes(mean + full, tail);
    let at = full;
    for (let i = 0; i < count; i++) {
      multiplyVectors(x + at, dy + at, slope + at, g + at, 1, 0, m, tail, block + full, products + full);
      at += apart;
    }
  }
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
  const quarter = rows >> 2;
  const apart = <usize>quarter * row;
  for (let first = 0; first < quarter; first += QUARTER_BLOCK) {
    for (let r = first, end = min(first + QUARTER_BLOCK, quarter); r < end; r++) {
      multiplyTogether(x, dy, slope, mean, g, channels, 4, apart, block);
      x += row;
      dy += row;
      slope += row;
      g += row;
    }
    flush(block, doubles, channels);
  }
  x += 3 * apart;
  dy += 3 * apart;
  slope += 3 * apart;
  g += 3 * apart;
  for (let r = 4 * quarter; r < rows; r++) {
    multiplyTogether(x, dy, slope, mean, g, channels, 1, 0, block);
    x += row;
    dy += row;
    slope += row;
    g += row;
  }
  if (rows & 3) flush(block, doubles, channels);
}
