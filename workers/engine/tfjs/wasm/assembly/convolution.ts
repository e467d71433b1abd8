import { Window } from './geometry';
import { multiplyPacked, multiplyTransposedAdd } from './matmul';
import { copyFloats, load4, store4, zeroFloats } from './simd';

/**
 * Convolutions as matrix products over blocks of output pixels: the patch that each pixel sees is gathered into a row of `columns`
 * ([block, kernelHeight · kernelWidth · inChannels]), so that a block is read from the cache that it was just written to.
 * `columns` has room for `block` such rows; `block` is chosen by the caller.
 */

/** Whether the patches of a window are the input's own pixels, so that nothing needs gathering. */
// @ts-ignore: decorator
@inline function isPointwise(w: Window): bool {
  return (
    w.kernelHeight == 1 &&
    w.kernelWidth == 1 &&
    w.strideHeight == 1 &&
    w.strideWidth == 1 &&
    w.padTop == 0 &&
    w.padLeft == 0 &&
    w.outHeight == w.inHeight &&
    w.outWidth == w.inWidth
  );
}

/** Gathers the patches of output pixels [first, first + count) of the flattened [batch, outHeight, outWidth]. */
function gatherPatches(x: usize, w: Window, first: i32, count: i32, columns: usize): void {
  const channels = w.inChannels;
  const tapBytes = (<usize>channels) << 2;
  const rowBytes = (<usize>w.inWidth) * tapBytes;
  const kernelWidth = w.kernelWidth;
  const dilationWidth = w.dilationWidth;
  let ow = first % w.outWidth;
  const line = first / w.outWidth;
  let oh = line % w.outHeight;
  let image = line / w.outHeight;
  let target = columns;
  for (let i = 0; i < count; i++) {
    const iw0 = ow * w.strideWidth - w.padLeft;
    const inside = dilationWidth == 1 && iw0 >= 0 && iw0 + kernelWidth <= w.inWidth;
    for (let kh = 0; kh < w.kernelHeight; kh++) {
      const ih = oh * w.strideHeight - w.padTop + kh * w.dilationHeight;
      if (<u32>ih >= <u32>w.inHeight) {
        zeroFloats(target, kernelWidth * channels);
        target += <usize>kernelWidth * tapBytes;
        continue;
      }
      const source = x + <usize>(image * w.inHeight + ih) * rowBytes;
      if (inside) {
        copyFloats(target, source + <usize>iw0 * tapBytes, kernelWidth * channels);
        target += <usize>kernelWidth * tapBytes;
        continue;
      }
      for (let kw = 0; kw < kernelWidth; kw++) {
        const iw = iw0 + kw * dilationWidth;
        if (<u32>iw < <u32>w.inWidth) copyFloats(target, source + <usize>iw * tapBytes, channels);
        else zeroFloats(target, channels);
        target += tapBytes;
      }
    }
    if (++ow == w.outWidth) {
      ow = 0;
      if (++oh == w.outHeight) {
        oh = 0;
        image++;
      }
    }
  }
}

/** Adds the rows of `columns` back to the pixels that they came from: the adjoint of `gatherPatches`. */
function scatterPatches(columns: usize, w: Window, first: i32, count: i32, dx: usize): void {
  const channels = w.inChannels;
  const tapBytes = (<usize>channels) << 2;
  const rowBytes = (<usize>w.inWidth) * tapBytes;
  let ow = first % w.outWidth;
  const line = first / w.outWidth;
  let oh = line % w.outHeight;
  let image = line / w.outHeight;
  let source = columns;
  for (let i = 0; i < count; i++) {
    const iw0 = ow * w.strideWidth - w.padLeft;
    for (let kh = 0; kh < w.kernelHeight; kh++) {
      const ih = oh * w.strideHeight - w.padTop + kh * w.dilationHeight;
      const row = dx + <usize>(image * w.inHeight + ih) * rowBytes;
      const rowInside = <u32>ih < <u32>w.inHeight;
      for (let kw = 0; kw < w.kernelWidth; kw++) {
        const iw = iw0 + kw * w.dilationWidth;
        if (rowInside && <u32>iw < <u32>w.inWidth) addFloats(row + <usize>iw * tapBytes, source, channels);
        source += tapBytes;
      }
    }
    if (++ow == w.outWidth) {
      ow = 0;
      if (++oh == w.outHeight) {
        oh = 0;
        image++;
      }
    }
  }
}

// @ts-ignore: decorator
@inline function addFloats(target: usize, source: usize, count: i32): void {
  const vectors = target + ((<usize>(count & ~3)) << 2);
  const end = target + ((<usize>count) << 2);
  while (target < vectors) {
    store4(target, f32x4.add(load4(target), load4(source)));
    target += 16;
    source += 16;
  }
  while (target < end) {
    store<f32>(target, load<f32>(target) + load<f32>(source));
    target += 4;
    source += 4;
  }
}

/**
 * Pixels [first, end) of y = conv(x, filter) + bias; `packed` holds the panels of the filter seen as [kernelHeight · kernelWidth · inChannels,
 * outChannels]. A pixel is an index into the flattened [batch, outHeight, outWidth].
 */
export function conv2d(
  x: usize,
  packed: usize,
  y: usize,
  w: Window,
  first: i32,
  end: i32,
  bias: usize,
  columns: usize,
  block: i32,
  scratch: usize,
): void {
  const inner = w.kernelHeight * w.kernelWidth * w.inChannels;
  const outChannels = w.outChannels;
  if (isPointwise(w)) {
    const source = x + ((<usize>first * <usize>inner) << 2);
    const target = y + ((<usize>first * <usize>outChannels) << 2);
    multiplyPacked(source, packed, target, end - first, inner, outChannels, inner, outChannels, bias, scratch);
    return;
  }
  for (; first < end; first += block) {
    const count = min(block, end - first);
    gatherPatches(x, w, first, count, columns);
    const target = y + ((<usize>first * <usize>outChannels) << 2);
    multiplyPacked(columns, packed, target, count, inner, outChannels, inner, outChannels, bias, scratch);
  }
}

/** dFilter [kernelHeight, kernelWidth, inChannels, outChannels] += Σ over pixels [first, end) of patch · dy; `dy` begins at pixel `first`. */
export function conv2dFilterGradient(
  x: usize,
  dy: usize,
  dFilter: usize,
  w: Window,
  first: i32,
  end: i32,
  columns: usize,
  block: i32,
): void {
  const inner = w.kernelHeight * w.kernelWidth * w.inChannels;
  const outChannels = w.outChannels;
  if (isPointwise(w)) {
    const source = x + ((<usize>first * <usize>inner) << 2);
    multiplyTransposedAdd(source, dy, dFilter, end - first, inner, outChannels, inner, outChannels);
    return;
  }
  for (let pixel = first; pixel < end; pixel += block) {
    const count = min(block, end - pixel);
    gatherPatches(x, w, pixel, count, columns);
    const source = dy + ((<usize>(pixel - first) * <usize>outChannels) << 2);
    multiplyTransposedAdd(columns, source, dFilter, count, inner, outChannels, inner, outChannels);
  }
}

/**
 * dx of any window: the gradient of every patch is computed and added to the pixels of the patch. `packed` holds the panels of the
 * transposed filter [outChannels, kernelHeight · kernelWidth · inChannels]. At stride 1 `conv2d` with the turned filter is faster.
 */
export function conv2dInputGradient(
  dy: usize,
  packed: usize,
  dx: usize,
  w: Window,
  columns: usize,
  block: i32,
  scratch: usize,
): void {
  const pixels = w.batch * w.outHeight * w.outWidth;
  const inner = w.kernelHeight * w.kernelWidth * w.inChannels;
  const outChannels = w.outChannels;
  zeroFloats(dx, w.batch * w.inHeight * w.inWidth * w.inChannels);
  for (let first = 0; first < pixels; first += block) {
    const count = min(block, pixels - first);
    const source = dy + ((<usize>first * <usize>outChannels) << 2);
    multiplyPacked(source, packed, columns, count, outChannels, inner, outChannels, inner, 0, scratch);
    scatterPatches(columns, w, first, count, dx);
  }
}
