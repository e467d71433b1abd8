/** The few vector operations that all kernels are written with. A vector holds four 32-bit floats; tensors need no alignment. */

// @ts-ignore: decorator
@inline export function load4(address: usize): v128 {
  return v128.load(address);
}

// @ts-ignore: decorator
@inline export function store4(address: usize, value: v128): void {
  v128.store(address, value);
}

/** The first `lanes` floats, zero in the other lanes; nothing beyond them is read. */
// @ts-ignore: decorator
@inline export function loadLanes(address: usize, lanes: i32): v128 {
  if (lanes >= 4) return v128.load(address);
  if (lanes == 1) return v128.load32_zero(address);
  const pair = v128.load64_zero(address);
  return lanes == 2 ? pair : v128.load32_lane(address + 8, pair, 2);
}

/** Stores the first `lanes` floats. */
// @ts-ignore: decorator
@inline export function storeLanes(address: usize, value: v128, lanes: i32): void {
  if (lanes >= 4) {
    v128.store(address, value);
    return;
  }
  if (lanes == 1) {
    v128.store32_lane(address, value, 0);
    return;
  }
  v128.store64_lane(address, value, 0);
  if (lanes == 3) v128.store32_lane(address + 8, value, 2);
}

/** One float in all four lanes. */
// @ts-ignore: decorator
@inline export function splat4(address: usize): v128 {
  return v128.load32_splat(address);
}

// @ts-ignore: decorator
@inline export function zero4(): v128 {
  return f32x4.splat(0);
}

/** a · b + c: one rounding where the binary has relaxed SIMD, two otherwise. */
// @ts-ignore: decorator
@inline export function fma(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** Sum of the four lanes. */
// @ts-ignore: decorator
@inline export function horizontalSum(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
  );
}

/** Copies `count` floats; short runs are cheaper this way than by a call of `memory.copy`. */
// @ts-ignore: decorator
@inline export function copyFloats(target: usize, source: usize, count: i32): void {
  const vectors = target + ((<usize>(count & ~3)) << 2);
  const end = target + ((<usize>count) << 2);
  while (target < vectors) {
    store4(target, load4(source));
    target += 16;
    source += 16;
  }
  while (target < end) {
    store<f32>(target, load<f32>(source));
    target += 4;
    source += 4;
  }
}

// @ts-ignore: decorator
@inline export function zeroFloats(target: usize, count: i32): void {
  memory.fill(target, 0, (<usize>count) << 2);
}

/**
 * Reads one byte of every cache line in order. What is then read or written in another order comes from the cache; in that order it would
 * come from memory line by line, since the processor fetches ahead in streams alone.
 */
// @ts-ignore: decorator
@inline export function touch(address: usize, bytes: usize): void {
  for (const end = address + bytes; address < end; address += 64) load<u8>(address);
}
