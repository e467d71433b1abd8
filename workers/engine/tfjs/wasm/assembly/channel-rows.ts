import { load4, store4, zero4 } from './simd';

/**
 * Batch norm over the rows of [rows, channels], with the activation that follows it. The input is kept for the backward pass and the
 * normalised value is computed again there: one tensor fewer in memory, and reading it would cost as much.
 *
 * Four rows are handled at a time, so that what belongs to a channel is loaded once for four rows. They lie a quarter of all rows apart:
 * the processor fetches ahead within a page of memory, and from four pages side by side it fetches, and writes, about twice as fast as
 * from one.
 *
 * Sums run over blocks of rows in single precision and over the blocks in double precision: their error does not grow with the rows.
 *
 * What belongs to channels (scale, shift, sums, coefficients) has room for a multiple of four of them.
 */
/** Rows of a block, and of each quarter in a block. */
const BLOCK = 64;
export const QUARTER_BLOCK = BLOCK / 4;

/** Bytes of the vectors of a row that are full, and channels of the one that is not. */
// @ts-ignore: decorator
@inline export function fullBytes(channels: i32): usize {
  return (<usize>(channels & ~3)) << 2;
}

/** Bytes of one value a channel, rounded up to whole vectors. */
// @ts-ignore: decorator
@inline export function paddedBytes(channels: i32): usize {
  return (<usize>((channels + 3) & ~3)) << 2;
}

/** Adds what a block has summed, [2, padded channels] floats, to doubles in the same order, and clears it. */
export function flush(block: usize, doubles: usize, channels: i32): void {
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
