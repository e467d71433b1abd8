import {
  activated,
  activatedWithSlope,
  constantTable,
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
import { fullBytes } from './channel-rows';
import { fma, load4, loadLanes, storeLanes } from './simd';

/** The forward pass of batch norm with its activation, once scale and shift are known. */

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
