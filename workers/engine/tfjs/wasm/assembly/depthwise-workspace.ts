import { Window } from './geometry';
import { PLANES, planeBytes, PlaneLayout } from './planes';
import { load4, loadLanes, store4, storeLanes } from './simd';
import { Correlation } from './correlate';

/** The parts of the working memory of a depthwise convolution, one after the other from `base` on. */
@unmanaged
export class DepthwiseWorkspace {
  input: PlaneLayout;
  output: PlaneLayout;
  correlation: Correlation;
  /** One vector a tap, [vectors of channels][taps]. */
  taps: usize;
  /** The taps as the opposite direction needs them, [vectors of channels][phases][taps of the phase]. */
  turnedTaps: usize;
  /** In the same order: sums of the filter's gradient. */
  sums: usize;
  inputPlanes: usize;
  outputPlanes: usize;
  end: usize;
}

// @ts-ignore: decorator
@inline function vectorsOf(w: Window): i32 {
  return (w.inChannels + 3) >> 2;
}

/**
 * Lays out the working memory at `base`. The input's plane has zeros where windows reach over the edge; the output's has them where the
 * windows of the opposite direction do (from an input pixel to the outputs that saw it).
 */
export function layOut(base: usize, w: Window): DepthwiseWorkspace {
  const space = changetype<DepthwiseWorkspace>(base);
  let next = base + offsetof<DepthwiseWorkspace>();
  space.input = changetype<PlaneLayout>(next);
  next += offsetof<PlaneLayout>();
  space.output = changetype<PlaneLayout>(next);
  next += offsetof<PlaneLayout>();
  space.correlation = changetype<Correlation>(next);
  next = (next + offsetof<Correlation>() + 63) & ~63;

  const input = space.input;
  input.height = (w.outHeight - 1) * w.strideHeight + (w.kernelHeight - 1) * w.dilationHeight + 1;
  input.width = (w.outWidth - 1) * w.strideWidth + (w.kernelWidth - 1) * w.dilationWidth + 1;
  input.top = w.padTop;
  input.left = w.padLeft;
  const output = space.output;
  output.top = ((w.kernelHeight + w.strideHeight - 1) / w.strideHeight - 1) * w.dilationHeight;
  output.left = ((w.kernelWidth + w.strideWidth - 1) / w.strideWidth - 1) * w.dilationWidth;
  output.height = output.top + max(w.outHeight, (w.inHeight - 1 + w.padTop) / w.strideHeight + 1);
  output.width = output.left + max(w.outWidth, (w.inWidth - 1 + w.padLeft) / w.strideWidth + 1);

  const tapBytes = (<usize>(vectorsOf(w) * w.kernelHeight * w.kernelWidth)) << 4;
  space.taps = next;
  next += tapBytes;
  space.turnedTaps = next;
  next += tapBytes;
  space.sums = next;
  next += tapBytes;
  space.inputPlanes = next;
  next += <usize>PLANES * planeBytes(input);
  space.outputPlanes = next;
  space.end = next + <usize>PLANES * planeBytes(output);
  return space;
}

/** Bytes of working memory; `scratch` has room for the workspace's fixed part alone. */
export function depthwiseBytes(w: Window, scratch: usize): usize {
  return layOut(scratch, w).end - scratch;
}

/** Bytes of the fixed part. */
export function depthwiseFixedBytes(): usize {
  return offsetof<DepthwiseWorkspace>() + 2 * offsetof<PlaneLayout>() + offsetof<Correlation>() + 64;
}

/** The filter [taps, channels] as [vectors][taps], lanes without a channel zero. */
function packTaps(filter: usize, w: Window, target: usize): void {
  const taps = w.kernelHeight * w.kernelWidth;
  const channels = w.inChannels;
  for (let c = 0; c < channels; c += 4) {
    for (let tap = 0; tap < taps; tap++) {
      store4(target, loadLanes(filter + ((<usize>(tap * channels + c)) << 2), channels - c));
      target += 16;
    }
  }
}

/** Taps that reach the outputs of one phase: those with index ≡ phase modulo the stride. */
// @ts-ignore: decorator
@inline export function phaseTaps(kernel: i32, stride: i32, phase: i32): i32 {
  return (kernel - phase + stride - 1) / stride;
}

/**
 * The filter for the opposite direction: for each vector of channels and each phase of the stride the taps of that phase, turned by 180°.
 */
function packTurnedTaps(filter: usize, w: Window, target: usize): void {
  const channels = w.inChannels;
  for (let c = 0; c < channels; c += 4) {
    for (let a = 0; a < w.strideHeight; a++) {
      const rows = phaseTaps(w.kernelHeight, w.strideHeight, a);
      for (let b = 0; b < w.strideWidth; b++) {
        const columns = phaseTaps(w.kernelWidth, w.strideWidth, b);
        for (let i = rows - 1; i >= 0; i--) {
          for (let j = columns - 1; j >= 0; j--) {
            const tap = (a + w.strideHeight * i) * w.kernelWidth + b + w.strideWidth * j;
            store4(target, loadLanes(filter + ((<usize>(tap * channels + c)) << 2), channels - c));
            target += 16;
          }
        }
      }
    }
  }
}

/** Lays out the working memory of a window and prepares it for both directions: packs the filter, clears the planes and the sums. */
export function depthwisePrepare(filter: usize, w: Window, scratch: usize): void {
  const space = layOut(scratch, w);
  packTaps(filter, w, space.taps);
  packTurnedTaps(filter, w, space.turnedTaps);
  memory.fill(space.sums, 0, space.end - space.sums);
}

/** The filter's gradient [taps, channels] that the images so far have summed up. */
export function depthwiseFilterSums(dFilter: usize, w: Window, scratch: usize): void {
  const space = changetype<DepthwiseWorkspace>(scratch);
  const channels = w.inChannels;
  const taps = w.kernelHeight * w.kernelWidth;
  for (let c = 0, source = space.sums; c < channels; c += 4) {
    for (let tap = 0; tap < taps; tap++) {
      storeLanes(dFilter + ((<usize>(tap * channels + c)) << 2), load4(source), channels - c);
      source += 16;
    }
  }
}
