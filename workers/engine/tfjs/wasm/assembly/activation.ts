import { copyFloats, fma, load4, splat4, store4, storeLanes } from './simd';

/**
 * Activations on vectors. The number of an activation is its place in this list, on both sides of the boundary.
 * NaN comes out as NaN: `pmin` and `pmax` return their first operand when the comparison fails.
 */
export const LINEAR = 0;
export const RELU = 1;
export const RELU6 = 2;
export const SWISH = 3;
export const SIGMOID = 4;

/** Address of the constants below, each repeated over a vector: a vector constant in code is rebuilt wherever it is used. */
let constants: usize = 0;

/** Bytes that `initialise` fills. */
export const CONSTANT_BYTES = 192;

/** Writes the constants to memory that the caller has reserved. Called once, before any other kernel. */
export function initialise(address: usize): void {
  constants = address;
  set(0, -1.44269504);
  set(16, 126);
  set(32, -126);
  set(48, 12582912);
  // 2^f for |f| ≤ 1/2: minimax polynomial of degree 5, relative error 2.4e-7 with its rounding.
  set(64, 1.3333558e-3);
  set(80, 9.6181291e-3);
  set(96, 5.5504109e-2);
  set(112, 2.4022651e-1);
  set(128, 6.9314718e-1);
  set(144, 1);
  set(160, 6);
  set(176, 0);
}

function set(offset: usize, value: f32): void {
  v128.store(constants + offset, f32x4.splat(value));
}

/** Address of the constants, to be read into a local before a loop. */
// @ts-ignore: decorator
@inline export function constantTable(): usize {
  return constants;
}

/** 1 + e^−z = 1 + 2^t with t = −z · log2 e rounded to an integer by adding 1.5 · 2^23, which leaves it in the low bits. */
// @ts-ignore: decorator
@inline function inverseSigmoid4(z: v128, k: usize): v128 {
  const t = f32x4.pmax(f32x4.pmin(f32x4.mul(z, load4(k)), load4(k + 16)), load4(k + 32));
  const n = f32x4.add(t, load4(k + 48));
  const f = f32x4.sub(t, f32x4.sub(n, load4(k + 48)));
  let p = fma(load4(k + 64), f, load4(k + 80));
  p = fma(p, f, load4(k + 96));
  p = fma(p, f, load4(k + 112));
  p = fma(p, f, load4(k + 128));
  p = fma(p, f, load4(k + 144));
  const power = i32x4.add(p, i32x4.shl(n, 23));
  return f32x4.add(power, load4(k + 144));
}

/** 1 / (1 + e^−z). */
// @ts-ignore: decorator
@inline export function sigmoid4(z: v128, k: usize): v128 {
  return f32x4.div(load4(k + 144), inverseSigmoid4(z, k));
}

/*
 * Each activation is a type, so that the loops below and elsewhere are compiled once per activation: `Loop<Relu>` has no test for the kind
 * inside. The types have no instances.
 */

// @ts-ignore: decorator
@unmanaged
export class Linear {
  // @ts-ignore: decorator
  @inline value(z: v128, _k: usize): v128 {
    return z;
  }
  // @ts-ignore: decorator
  @inline gradient(_z: v128, dy: v128, _k: usize): v128 {
    return dy;
  }
  // @ts-ignore: decorator
  @inline get isLinear(): bool {
    return true;
  }
  // @ts-ignore: decorator
  @inline withSlope(z: v128, y: usize, slope: usize, lanes: i32, k: usize): void {
    storeLanes(y, z, lanes);
    storeLanes(slope, load4(k + 144), lanes);
  }
}

// @ts-ignore: decorator
@unmanaged
export class Relu {
  // @ts-ignore: decorator
  @inline value(z: v128, k: usize): v128 {
    return f32x4.pmax(z, load4(k + 176));
  }
  // @ts-ignore: decorator
  @inline gradient(z: v128, dy: v128, k: usize): v128 {
    return v128.and(dy, f32x4.gt(z, load4(k + 176)));
  }
  // @ts-ignore: decorator
  @inline get isLinear(): bool {
    return false;
  }
  // @ts-ignore: decorator
  @inline withSlope(z: v128, y: usize, slope: usize, lanes: i32, k: usize): void {
    storeLanes(y, this.value(z, k), lanes);
    storeLanes(slope, this.gradient(z, load4(k + 144), k), lanes);
  }
}

// @ts-ignore: decorator
@unmanaged
export class Relu6 {
  // @ts-ignore: decorator
  @inline value(z: v128, k: usize): v128 {
    return f32x4.pmin(f32x4.pmax(z, load4(k + 176)), load4(k + 160));
  }
  // @ts-ignore: decorator
  @inline gradient(z: v128, dy: v128, k: usize): v128 {
    return v128.and(dy, v128.and(f32x4.gt(z, load4(k + 176)), f32x4.lt(z, load4(k + 160))));
  }
  // @ts-ignore: decorator
  @inline get isLinear(): bool {
    return false;
  }
  // @ts-ignore: decorator
  @inline withSlope(z: v128, y: usize, slope: usize, lanes: i32, k: usize): void {
    storeLanes(y, this.value(z, k), lanes);
    storeLanes(slope, this.gradient(z, load4(k + 144), k), lanes);
  }
}

// @ts-ignore: decorator
@unmanaged
export class Swish {
  // @ts-ignore: decorator
  @inline value(z: v128, k: usize): v128 {
    return f32x4.div(z, inverseSigmoid4(z, k));
  }
  // @ts-ignore: decorator
  @inline gradient(z: v128, dy: v128, k: usize): v128 {
    const s = sigmoid4(z, k);
    return f32x4.mul(dy, fma(f32x4.mul(z, s), f32x4.sub(load4(k + 144), s), s));
  }
  // @ts-ignore: decorator
  @inline get isLinear(): bool {
    return false;
  }
  // @ts-ignore: decorator
  @inline withSlope(z: v128, y: usize, slope: usize, lanes: i32, k: usize): void {
    const s = sigmoid4(z, k);
    const value = f32x4.mul(z, s);
    storeLanes(y, value, lanes);
    storeLanes(slope, fma(value, f32x4.sub(load4(k + 144), s), s), lanes);
  }
}

// @ts-ignore: decorator
@unmanaged
export class Sigmoid {
  // @ts-ignore: decorator
  @inline value(z: v128, k: usize): v128 {
    return sigmoid4(z, k);
  }
  // @ts-ignore: decorator
  @inline gradient(z: v128, dy: v128, k: usize): v128 {
    const s = sigmoid4(z, k);
    return f32x4.mul(dy, f32x4.mul(s, f32x4.sub(load4(k + 144), s)));
  }
  // @ts-ignore: decorator
  @inline get isLinear(): bool {
    return false;
  }
  // @ts-ignore: decorator
  @inline withSlope(z: v128, y: usize, slope: usize, lanes: i32, k: usize): void {
    const s = sigmoid4(z, k);
    storeLanes(y, s, lanes);
    storeLanes(slope, f32x4.mul(s, f32x4.sub(load4(k + 144), s)), lanes);
  }
}

/** activation(z). */
// @ts-ignore: decorator
@inline export function activated<Activation>(z: v128, k: usize): v128 {
  return changetype<Activation>(0).value(z, k);
}

/** dy · activation′(z). */
// @ts-ignore: decorator
@inline export function activationGradient<Activation>(z: v128, dy: v128, k: usize): v128 {
  return changetype<Activation>(0).gradient(z, dy, k);
}

/** Stores activation(z) and activation′(z), which have their exponential in common. */
// @ts-ignore: decorator
@inline export function activatedWithSlope<Activation>(z: v128, y: usize, slope: usize, lanes: i32, k: usize): void {
  changetype<Activation>(0).withSlope(z, y, slope, lanes, k);
}

/** Whether the activation is the identity, so that its gradient need not be stored beside dy. */
// @ts-ignore: decorator
@inline export function isLinear<Activation>(): bool {
  return changetype<Activation>(0).isLinear;
}

function activateAll<Activation>(x: usize, y: usize, count: i32): void {
  const k = constants;
  const vectors = (<usize>(count & ~3)) << 2;
  for (let i: usize = 0; i < vectors; i += 16) store4(y + i, activated<Activation>(load4(x + i), k));
  for (let i = vectors, end = (<usize>count) << 2; i < end; i += 4) {
    store<f32>(y + i, f32x4.extract_lane(activated<Activation>(splat4(x + i), k), 0));
  }
}

/** y = activation(x) for `count` floats; y may be x. */
export function activate(x: usize, y: usize, count: i32, kind: i32): void {
  if (kind == RELU) activateAll<Relu>(x, y, count);
  else if (kind == RELU6) activateAll<Relu6>(x, y, count);
  else if (kind == SWISH) activateAll<Swish>(x, y, count);
  else if (kind == SIGMOID) activateAll<Sigmoid>(x, y, count);
  else copyFloats(y, x, count);
}

function activateAllGradient<Activation>(x: usize, dy: usize, dx: usize, count: i32): void {
  const k = constants;
  const vectors = (<usize>(count & ~3)) << 2;
  for (let i: usize = 0; i < vectors; i += 16) {
    store4(dx + i, activationGradient<Activation>(load4(x + i), load4(dy + i), k));
  }
  for (let i = vectors, end = (<usize>count) << 2; i < end; i += 4) {
    store<f32>(dx + i, f32x4.extract_lane(activationGradient<Activation>(splat4(x + i), splat4(dy + i), k), 0));
  }
}

/** dx = dy · activation′(x) for `count` floats; dx may be dy. */
export function activateGradient(x: usize, dy: usize, dx: usize, count: i32, kind: i32): void {
  if (kind == RELU) activateAllGradient<Relu>(x, dy, dx, count);
  else if (kind == RELU6) activateAllGradient<Relu6>(x, dy, dx, count);
  else if (kind == SWISH) activateAllGradient<Swish>(x, dy, dx, count);
  else if (kind == SIGMOID) activateAllGradient<Sigmoid>(x, dy, dx, count);
  else copyFloats(dx, dy, count);
}
