import { correlate, correlateGradient } from './correlate';
import { DepthwiseWorkspace, phaseTaps } from './depthwise-workspace';
import { Window } from './geometry';
import { fillPlanes, planeBytes, PLANES } from './planes';
import { touch } from './simd';

/**
 * Depthwise convolutions with one filter a channel: image by image and 16 channels by 16 channels on planes (planes.ts). `scratch` is what
 * `depthwisePrepare` has prepared for the window; `images` of them follow each other from the addresses on. Strides and dilations are
 * not both above 1, as everywhere in TensorFlow.
 *
 * `fromMemory` says that the tensors are not in a cache: then what will be read is fetched in order first, and what will be written is
 * brought into the cache by filling it.
 */

const GROUP = 4 * PLANES;

/** y = depthwise(x, filter). */
export function depthwise(x: usize, y: usize, w: Window, scratch: usize, images: i32, fromMemory: i32): void {
  const space = changetype<DepthwiseWorkspace>(scratch);
  const channels = w.inChannels;
  const pixelBytes = (<usize>channels) << 2;
  const inBytes = <usize>(w.inHeight * w.inWidth) * pixelBytes;
  const outBytes = <usize>(w.outHeight * w.outWidth) * pixelBytes;
  for (let image = 0; image < images; image++) {
    if (fromMemory) {
      touch(x, inBytes);
      memory.fill(y, 0, outBytes);
    }
    for (let c = 0; c < channels; c += GROUP) {
      const offset = (<usize>c) << 2;
      const width = min(GROUP, channels - c);
      fillPlanes(x + offset, w.inHeight, w.inWidth, pixelBytes, width, space.inputPlanes, space.input);
      correlateGroup(space, w, c, width, y + offset);
    }
    x += inBytes;
    y += outBytes;
  }
}

/**
 * dx from dy unless `dx` is 0; unless `x` is 0, the filter's gradient is added to the workspace's sums (`depthwiseFilterSums` reads them).
 * Every image is summed by itself and the images' sums are then added.
 */
export function depthwiseGradient(
  x: usize,
  dy: usize,
  dx: usize,
  w: Window,
  scratch: usize,
  images: i32,
  fromMemory: i32,
): void {
  const space = changetype<DepthwiseWorkspace>(scratch);
  const channels = w.inChannels;
  const pixelBytes = (<usize>channels) << 2;
  const inBytes = <usize>(w.inHeight * w.inWidth) * pixelBytes;
  const outBytes = <usize>(w.outHeight * w.outWidth) * pixelBytes;
  // A window smaller than its stride leaves pixels that no window sees.
  const leavesGaps = w.kernelHeight < w.strideHeight || w.kernelWidth < w.strideWidth;
  for (let image = 0; image < images; image++) {
    if (fromMemory) {
      touch(dy, outBytes);
      if (x != 0) touch(x, inBytes);
    }
    if (dx != 0 && (fromMemory || leavesGaps)) memory.fill(dx, 0, inBytes);
    for (let c = 0; c < channels; c += GROUP) {
      const offset = (<usize>c) << 2;
      const width = min(GROUP, channels - c);
      fillPlanes(dy + offset, w.outHeight, w.outWidth, pixelBytes, width, space.outputPlanes, space.output);
      if (dx != 0) turnedGroup(space, w, c, width, dx + offset);
      if (x != 0) {
        fillPlanes(x + offset, w.inHeight, w.inWidth, pixelBytes, width, space.inputPlanes, space.input);
        tapGradients(space, w, c, width);
      }
    }
    if (x != 0) x += inBytes;
    if (dx != 0) dx += inBytes;
    dy += outBytes;
  }
}

/** The forward direction of `width` channels from `first` on, whose planes are filled. */
function correlateGroup(space: DepthwiseWorkspace, w: Window, first: i32, width: i32, target: usize): void {
  const pixelBytes = (<usize>w.inChannels) << 2;
  const taps = w.kernelHeight * w.kernelWidth;
  const c = space.correlation;
  setWindows(space, w);
  c.targetStep = pixelBytes;
  c.targetRow = <usize>w.outWidth * pixelBytes;
  for (let v = 0; v < width; v += 4) {
    c.start = space.inputPlanes + (<usize>(v >> 2)) * planeBytes(space.input);
    c.weights = space.taps + ((<usize>(((first + v) >> 2) * taps)) << 4);
    c.target = target + ((<usize>v) << 2);
    c.lanes = width - v;
    correlate(c);
  }
}

/** The part of the correlation that every plane of the input shares. */
// @ts-ignore: decorator
@inline function setWindows(space: DepthwiseWorkspace, w: Window): void {
  const c = space.correlation;
  const row = (<usize>space.input.width) << 4;
  c.windowRow = row * <usize>w.strideHeight;
  c.windowStep = (<usize>w.strideWidth) << 4;
  c.tapRow = row * <usize>w.dilationHeight;
  c.tapStep = (<usize>w.dilationWidth) << 4;
  c.kernelHeight = w.kernelHeight;
  c.kernelWidth = w.kernelWidth;
  c.height = w.outHeight;
  c.width = w.outWidth;
}

/**
 * The opposite direction of `width` channels from `first` on. At a stride above 1 the input pixels fall into phases; those of one phase
 * are a correlation of stride 1 between the output's plane and the taps of that phase.
 */
function turnedGroup(space: DepthwiseWorkspace, w: Window, first: i32, width: i32, target: usize): void {
  const taps = w.kernelHeight * w.kernelWidth;
  for (let v = 0; v < width; v += 4) {
    let weights = space.turnedTaps + ((<usize>(((first + v) >> 2) * taps)) << 4);
    const plane = space.outputPlanes + (<usize>(v >> 2)) * planeBytes(space.output);
    for (let a = 0; a < w.strideHeight; a++) {
      const rows = phaseTaps(w.kernelHeight, w.strideHeight, a);
      for (let b = 0; b < w.strideWidth; b++) {
        const columns = phaseTaps(w.kernelWidth, w.strideWidth, b);
        if (rows <= 0 || columns <= 0) continue;
        correlatePhase(space, w, a, b, rows, columns, plane, weights, target + ((<usize>v) << 2), width - v);
        weights += (<usize>(rows * columns)) << 4;
      }
    }
  }
}

function correlatePhase(
  space: DepthwiseWorkspace,
  w: Window,
  a: i32,
  b: i32,
  rows: i32,
  columns: i32,
  plane: usize,
  weights: usize,
  target: usize,
  lanes: i32,
): void {
  const pixelBytes = (<usize>w.inChannels) << 2;
  const layout = space.output;
  // First output that the phase's first input pixel belongs to, and that pixel.
  const top = max(0, (w.padTop - a + w.strideHeight - 1) / w.strideHeight);
  const left = max(0, (w.padLeft - b + w.strideWidth - 1) / w.strideWidth);
  const h0 = a + w.strideHeight * top - w.padTop;
  const w0 = b + w.strideWidth * left - w.padLeft;
  const startRow = layout.top + top - (rows - 1) * w.dilationHeight;
  const startColumn = layout.left + left - (columns - 1) * w.dilationWidth;
  const c = space.correlation;
  const row = (<usize>layout.width) << 4;
  c.start = plane + <usize>startRow * row + ((<usize>startColumn) << 4);
  c.windowRow = row;
  c.windowStep = 16;
  c.tapRow = row * <usize>w.dilationHeight;
  c.tapStep = (<usize>w.dilationWidth) << 4;
  c.kernelHeight = rows;
  c.kernelWidth = columns;
  c.weights = weights;
  c.target = target + <usize>(h0 * w.inWidth + w0) * pixelBytes;
  c.targetRow = <usize>(w.strideHeight * w.inWidth) * pixelBytes;
  c.targetStep = <usize>w.strideWidth * pixelBytes;
  c.height = (w.inHeight - h0 + w.strideHeight - 1) / w.strideHeight;
  c.width = (w.inWidth - w0 + w.strideWidth - 1) / w.strideWidth;
  c.lanes = lanes;
  if (h0 < w.inHeight && w0 < w.inWidth) correlate(c);
}

/** Adds one image's part of the filter's gradient for `width` channels from `first` on; both kinds of planes are filled. */
function tapGradients(space: DepthwiseWorkspace, w: Window, first: i32, width: i32): void {
  const taps = w.kernelHeight * w.kernelWidth;
  const layout = space.output;
  const c = space.correlation;
  setWindows(space, w);
  const origin = (<usize>(layout.top * layout.width + layout.left)) << 4;
  for (let v = 0; v < width; v += 4) {
    const plane = (<usize>(v >> 2));
    c.start = space.inputPlanes + plane * planeBytes(space.input);
    c.weights = space.sums + ((<usize>(((first + v) >> 2) * taps)) << 4);
    const gradients = space.outputPlanes + plane * planeBytes(layout) + origin;
    correlateGradient(c, gradients, (<usize>layout.width) << 4);
  }
}
