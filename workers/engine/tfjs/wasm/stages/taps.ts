import type { Address } from '../kernels.js';
import type { Runtime } from '../runtime.js';
import type { Window } from '../window.js';

/** The taps of a kernel that ever fall on a pixel: rows [top, bottom) by columns [left, right). */
export interface TapRange {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** On images smaller than the kernel some taps only ever fall on padding: on one pixel, eight of nine. */
export function tapRange(w: Window): TapRange {
  const [top, bottom] = side(w.filterHeight, w.strideHeight, w.dilationHeight, w.padInfo.top, w.inHeight, w.outHeight);
  const [left, right] = side(w.filterWidth, w.strideWidth, w.dilationWidth, w.padInfo.left, w.inWidth, w.outWidth);
  return { top, bottom, left, right };
}

function side(
  kernel: number,
  stride: number,
  dilation: number,
  pad: number,
  size: number,
  outSize: number,
): [number, number] {
  let first = kernel;
  let end = 0;
  for (let tap = 0; tap < kernel; tap++) {
    // Positions of this tap run from the first window's to the last one's in steps of the stride.
    const start = tap * dilation - pad;
    const nearest = start >= 0 ? start : start + Math.ceil(-start / stride) * stride;
    if (nearest >= size || nearest > start + (outSize - 1) * stride) continue;
    first = Math.min(first, tap);
    end = tap + 1;
  }
  return end === 0 ? [0, 1] : [first, end];
}

export function isWhole({ top, bottom, left, right }: TapRange, w: Window): boolean {
  return top === 0 && left === 0 && bottom === w.filterHeight && right === w.filterWidth;
}

/** The window with these taps alone. */
export function cropWindow(w: Window, { top, bottom, left, right }: TapRange): Window {
  return {
    ...w,
    filterHeight: bottom - top,
    filterWidth: right - left,
    padInfo: {
      ...w.padInfo,
      top: w.padInfo.top - top * w.dilationHeight,
      left: w.padInfo.left - left * w.dilationWidth,
    },
  };
}

/** Copies these taps of a whole filter of window `w` to consecutive ones, or back. */
export function copyTaps(
  runtime: Runtime,
  w: Window,
  { top, bottom, left, right }: TapRange,
  whole: Address,
  cropped: Address,
  direction: 'crop' | 'restore',
): void {
  const size = w.inChannels * w.outChannels;
  const width = (right - left) * size;
  for (let row = top; row < bottom; row++) {
    const inside = whole + 4 * (row * w.filterWidth + left) * size;
    const outside = cropped + 4 * (row - top) * width;
    if (direction === 'crop') runtime.copy(outside, inside, width);
    else runtime.copy(inside, outside, width);
  }
}
