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
import { fma, load4, loadLanes, store4, storeLanes } from './simd';

/** The forward pass of batch norm with its activation, once scale and shift are known. */

/** One row, or four rows that lie `apart` bytes from each other. */
// @ts-ignore: decorator
@inline function normaliseTogether<Activation>(
  x: usize,
  scale: usize,
  shift: usize,
  y: usize,
  channels: i32,
  count: i32,
  apart: usize,
  k: usize,
): void {
  const full = fullBytes(channels);
  const tail = channels & 3;
  for (let c: usize = 0; c < full; c += 16) {
    const s = load4(scale + c), b = load4(shift + c);
    const y0 = activated<Activation>(fma(load4(x + c), s, b), k);
    if (count == 4) {
      // Two values before they are stored: with a store between them the activation's constants would be loaded twice.
      const y1 = activated<Activation>(fma(load4(x + c + apart), s, b), k);
      store4(y + c, y0);
      store4(y + c + apart, y1);
      const y2 = activated<Activation>(fma(load4(x + c + 2 * apart), s, b), k);
      const y3 = activated<Activation>(fma(load4(x + c + 3 * apart), s, b), k);
      store4(y + c + 2 * apart, y2);
      store4(y + c + 3 * apart, y3);
    } else {
      store4(y + c, y0);
    }
  }
  if (tail) {
    const s = load4(scale + full), b = load4(shift + full);
    let at = full;
    for (let i = 0; i < count; i++) {
      storeLanes(y + at, activated<Activation>(fma(loadLanes(x + at, tail), s, b), k), tail);
      at += apart;
    }
  }
}

function normaliseRows<Activation>(x: usize, scale: usize, shift: usize, y: usize, rows: i32, channels: i32): void {
  const k = constantTable();
  const row = (<usize>channels) << 2;
  const quarter = rows >> 2;
  const apart = <usize>quarter * row;
  for (let r = 0; r < quarter; r++) {
    normaliseTogether<Activation>(x, scale, shift, y, channels, 4, apart, k);
    x += row;
    y += row;
  }
  x += 3 * apart;
  y += 3 * apart;
  for (let r = 4 * quarter; r < rows; r++) {
    normaliseTogether<Activation>(x, scale, shift, y, channels, 1, 0, k);
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

/** As `normaliseTogether`. */
// @ts-ignore: decorator
@inline function normaliseTogetherWithSlope<Activation>(
  x: usize,
  scale: usize,
  shift: usize,
  y: usize,
  slope: usize,
  channels: i32,
  count: i32,
  apart: usize,
  k: usize,
): void {
  const full = fullBytes(channels);
  const tail = channels & 3;
  for (let c: usize = 0; c < full; c += 16) {
    const s = load4(scale + c), b = load4(shift + c);
    let at = c;
    slopeVector<Activation>(x + at, y + at, slope + at, s, b, 4, k);
    if (count == 4) {
      at += apart;
      slopeVector<Activation>(x + at, y + at, slope + at, s, b, 4, k);
      at += apart;
      slopeVector<Activation>(x + at, y + at, slope + at, s, b, 4, k);
      at += apart;
      slopeVector<Activation>(x + at, y + at, slope + at, s, b, 4, k);
    }
  }
  if (tail) {
    const s = load4(scale + full), b = load4(shift + full);
    let at = full;
    for (let i = 0; i < count; i++) {
      slopeVector<Activation>(x + at, y + at, slope + at, s, b, tail, k);
      at += apart;
    }
  }
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
  const quarter = rows >> 2;
  const apart = <usize>quarter * row;
  for (let r = 0; r < quarter; r++) {
    normaliseTogetherWithSlope<Activation>(x, scale, shift, y, slope, channels, 4, apart, k);
    x += row;
    y += row;
    slope += row;
  }
  x += 3 * apart;
  y += 3 * apart;
  slope += 3 * apart;
  for (let r = 4 * quarter; r < rows; r++) {
    normaliseTogetherWithSlope<Activation>(x, scale, shift, y, slope, channels, 1, 0, k);
    x += row;
    y += row;
    slope += row;
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
