import { correlate, correlateGradient } from './correlate';
import { DepthwiseWorkspace, layOut, packTaps, packTurnedTaps, phaseTaps } from './depthwise-workspace';
import { Window } from './geometry';
import { fillPlanes, planeBytes, PlaneLayout, PLANES } from './planes';
import { load4, storeLanes, zeroFloats } from './simd';

/**
 * Depthwise convolutions with one filter a channel, filter [kernelHeight, kernelWidth, channels]: image by image and 16 channels by 16
 * channels on planes (planes.ts). `scratch` has room for `depthwiseBytes` of the window. Strides and dilations are not both above 1,
 * as everywhere in TensorFlow.
 */

const GROUP = 4 * PLANES;

// @ts-ignore: decorator
@inline function clearPlanes(planes: usize, layout: PlaneLayout): void {
  memory.fill(planes, 0, <usize>PLANES * planeBytes(layout));
}

/** y = depthwise(x, filter). */
export function depthwise(x: usize, filter: usize, y: usize, w: Window, scratch: usize): void {
  const space = layOut(scratch, w);
  const channels = w.inChannels;
  const pixelBytes = (<usize>channels) << 2;
  packTaps(filter, w, space.weights);
  clearPlanes(space.inputPlanes, space.input);
  for (let image = 0; image < w.batch; image++) {
    const source = x + <usize>(image * w.inHeight * w.inWidth) * pixelBytes;
    const target = y + <usize>(image * w.outHeight * w.outWidth) * pixelBytes;
    for (let c = 0; c < channels; c += GROUP) {
      const offset = (<usize>c) << 2;
      const width = min(GROUP, channels - c);
      fillPlanes(source + offset, w.inHeight, w.inWidth, pixelBytes, width, space.inputPlanes, space.input);
      correlateGroup(space, w, c, width, target + offset);
    }
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
    c.weights = space.weights + ((<usize>(((first + v) >> 2) * taps)) << 4);
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

/** dx from dy. */
export function depthwiseInputGradient(dy: usize, filter: usize, dx: usize, w: Window, scratch: usize): void {
  const space = layOut(scratch, w);
  const channels = w.inChannels;
  const pixelBytes = (<usize>channels) << 2;
  packTurnedTaps(filter, w, space.weights);
  clearPlanes(space.outputPlanes, space.output);
  // Pixels that no window saw.
  if (w.kernelHeight < w.strideHeight || w.kernelWidth < w.strideWidth) {
    zeroFloats(dx, w.batch * w.inHeight * w.inWidth * channels);
  }
  for (let image = 0; image < w.batch; image++) {
    const source = dy + <usize>(image * w.outHeight * w.outWidth) * pixelBytes;
    const target = dx + <usize>(image * w.inHeight * w.inWidth) * pixelBytes;
    for (let c = 0; c < channels; c += GROUP) {
      const offset = (<usize>c) << 2;
      const width = min(GROUP, channels - c);
      fillPlanes(source + offset, w.outHeight, w.outWidth, pixelBytes, width, space.outputPlanes, space.output);
      turnedGroup(space, w, c, width, target + offset);
    }
  }
}

/**
 * The opposite direction of `width` channels from `first` on. At a stride above 1 the input pixels fall into phases; those of one phase
 * are a correlation of stride 1 between the output's plane and the taps of that phase.
 */
function turnedGroup(space: DepthwiseWorkspace, w: Window, first: i32, width: i32, target: usize): void {
  const taps = w.kernelHeight * w.kernelWidth;
  for (let v = 0; v < width; v += 4) {
    let weights = space.weights + ((<usize>(((first + v) >> 2) * taps)) << 4);
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

/** dFilter from x and dy. Every image is summed by itself and the images' sums are then added. */
export function depthwiseFilterGradient(x: usize, dy: usize, dFilter: usize, w: Window, scratch: usize): void {
  const space = layOut(scratch, w);
  const channels = w.inChannels;
  const pixelBytes = (<usize>channels) << 2;
  const taps = w.kernelHeight * w.kernelWidth;
  memory.fill(space.sums, 0, space.inputPlanes - space.sums);
  clearPlanes(space.inputPlanes, space.input);
  for (let image = 0; image < w.batch; image++) {
    const input = x + <usize>(image * w.inHeight * w.inWidth) * pixelBytes;
    const output = dy + <usize>(image * w.outHeight * w.outWidth) * pixelBytes;
    for (let c = 0; c < channels; c += GROUP) {
      const offset = (<usize>c) << 2;
      const width = min(GROUP, channels - c);
      fillPlanes(input + offset, w.inHeight, w.inWidth, pixelBytes, width, space.inputPlanes, space.input);
      fillPlanes(output + offset, w.outHeight, w.outWidth, pixelBytes, width, space.outputPlanes, space.output);
      tapGradients(space, w, c, width);
    }
  }
  for (let c = 0, source = space.sums; c < channels; c += 4) {
    for (let tap = 0; tap < taps; tap++) {
      storeLanes(dFilter + ((<usize>(tap * channels + c)) << 2), load4(source), channels - c);
      source += 16;
    }
  }
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
