import { fma, load4, splat4, store4, zero4 } from './simd';

/** Operations between whole images [batch, pixels, channels] and one value an image and channel [batch, channels]. */

/** y [batch, channels] = factor · Σ over pixels of x, or of x · other where `other` is an address. */
export function imageSums(x: usize, other: usize, y: usize, batch: i32, pixels: i32, channels: i32, factor: f32): void {
  const pixelBytes = (<usize>channels) << 2;
  const vectorBytes = (<usize>(channels & ~3)) << 2;
  const f = f32x4.splat(factor);
  for (let image = 0; image < batch; image++) {
    const start = <usize>image * <usize>pixels * pixelBytes;
    const end = start + <usize>pixels * pixelBytes;
    const target = y + <usize>image * pixelBytes;
    for (let c: usize = 0; c < vectorBytes; c += 16) {
      let sum = zero4();
      if (other != 0) for (let p = start + c; p < end; p += pixelBytes) sum = fma(load4(x + p), load4(other + p), sum);
      else for (let p = start + c; p < end; p += pixelBytes) sum = f32x4.add(sum, load4(x + p));
      store4(target + c, f32x4.mul(sum, f));
    }
    for (let c = vectorBytes; c < pixelBytes; c += 4) {
      let sum: f32 = 0;
      for (let p = start + c; p < end; p += pixelBytes) {
        sum += other != 0 ? load<f32>(x + p) * load<f32>(other + p) : load<f32>(x + p);
      }
      store<f32>(target + c, sum * factor);
    }
  }
}

/** y = x · scale + shift · factor, scale and shift [batch, channels]; each may be 0 for none. y may be x. */
export function imageScale(
  x: usize,
  scale: usize,
  shift: usize,
  factor: f32,
  y: usize,
  batch: i32,
  pixels: i32,
  channels: i32,
): void {
  const pixelBytes = (<usize>channels) << 2;
  const vectorBytes = (<usize>(channels & ~3)) << 2;
  const f = f32x4.splat(factor);
  const one = f32x4.splat(1);
  for (let image = 0; image < batch; image++) {
    const start = <usize>image * <usize>pixels * pixelBytes;
    const end = start + <usize>pixels * pixelBytes;
    const at = <usize>image * pixelBytes;
    for (let c: usize = 0; c < vectorBytes; c += 16) {
      const s = scale != 0 ? load4(scale + at + c) : one;
      const b = shift != 0 ? f32x4.mul(load4(shift + at + c), f) : zero4();
      for (let p = start + c; p < end; p += pixelBytes) store4(y + p, fma(load4(x + p), s, b));
    }
    for (let c = vectorBytes; c < pixelBytes; c += 4) {
      const s: f32 = scale != 0 ? load<f32>(scale + at + c) : 1;
      const b: f32 = shift != 0 ? load<f32>(shift + at + c) * factor : 0;
      for (let p = start + c; p < end; p += pixelBytes) store<f32>(y + p, load<f32>(x + p) * s + b);
    }
  }
}

/** y [channels] = Σ over rows of x [rows, channels]; blocks of rows first, then their sums, to keep the rounding error small. */
export function columnSums(x: usize, y: usize, rows: i32, channels: i32): void {
  const rowBytes = (<usize>channels) << 2;
  const vectorBytes = (<usize>(channels & ~3)) << 2;
  memory.fill(y, 0, rowBytes);
  for (let first = 0; first < rows; first += 64) {
    const start = x + <usize>first * rowBytes;
    const end = start + <usize>min(64, rows - first) * rowBytes;
    for (let c: usize = 0; c < vectorBytes; c += 16) {
      let sum = zero4();
      for (let p = start + c; p < end; p += rowBytes) sum = f32x4.add(sum, load4(p));
      store4(y + c, f32x4.add(load4(y + c), sum));
    }
    for (let c = vectorBytes; c < rowBytes; c += 4) {
      let sum: f32 = 0;
      for (let p = start + c; p < end; p += rowBytes) sum += load<f32>(p);
      store<f32>(y + c, load<f32>(y + c) + sum);
    }
  }
}
