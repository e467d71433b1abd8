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
import { BLOCK, flush, fullBytes, paddedBytes } from './channel-rows';
import { fma, load4, loadLanes, store4, storeLanes } from './simd';

/** The first half of batch norm's gradient: through the activation, and the sums over all rows that the second half needs. */

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
