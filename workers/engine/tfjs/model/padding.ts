import * as tf from '@tensorflow/tfjs-core';
import type { Padding, Shape } from '../../../../search/network/layers/index.js';

/** A window that moves over an image. */
export interface Window {
  readonly kernel: number;
  readonly stride: number;
  readonly padding: Padding;
}

/** How a window is padded in TensorFlow.js: by the operation itself, or by explicit zeros before it, after which it is `valid`. */
export type PaddingPlan =
  | { readonly mode: 'same' | 'valid' }
  | {
      readonly mode: 'explicit';
      readonly rows: readonly [number, number];
      readonly columns: readonly [number, number];
    };

/**
 * The cheapest equal form of a padding. Symmetric padding is `same` wherever TensorFlow's split has as many pixels on both sides (every
 * odd kernel at stride 1). At stride 2 it is not: then the image is padded explicitly, since native TensorFlow's gradients know `same`
 * and `valid` only.
 */
export function planPadding({ kernel, stride, padding }: Window, [height, width]: Shape): PaddingPlan {
  if (padding !== 'symmetric') return { mode: padding };
  const rows = symmetric(height, kernel, stride);
  const columns = symmetric(width, kernel, stride);
  if (isSame(rows, height, kernel, stride) && isSame(columns, width, kernel, stride)) return { mode: 'same' };
  return { mode: 'explicit', rows, columns };
}

/** The image with the planned pixels around it, and the padding mode that remains for the operation. */
export function pad(x: tf.Tensor4D, plan: PaddingPlan, value = 0): { x: tf.Tensor4D; mode: 'same' | 'valid' } {
  if (plan.mode !== 'explicit') return { x, mode: plan.mode };
  const [top, bottom] = plan.rows;
  const [left, right] = plan.columns;
  const padded = tf.pad4d(
    x,
    [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ],
    value,
  );
  return { x: padded, mode: 'valid' };
}

/** Pixels of padding before and after the rows and columns of an image, for every kind of padding. */
export function paddedPixels(
  window: Window,
  [height, width, channels]: Shape,
): { readonly rows: readonly [number, number]; readonly columns: readonly [number, number] } {
  const plan = planPadding(window, [height, width, channels]);
  if (plan.mode === 'explicit') return plan;
  if (plan.mode === 'valid') return { rows: [0, 0], columns: [0, 0] };
  const { kernel, stride } = window;
  return { rows: same(height, kernel, stride), columns: same(width, kernel, stride) };
}

/** Pixels before and after a side: (kernel − 1) / 2 before, and after it what the last window reaches. */
function symmetric(side: number, kernel: number, stride: number): [number, number] {
  const before = (kernel - 1) / 2;
  const outputs = Math.ceil(side / stride);
  return [before, Math.max(0, (outputs - 1) * stride + kernel - side - before)];
}

/** Whether TensorFlow's `same` puts these pixels around a side: its total is split evenly, and an odd one goes after. */
function isSame([before, after]: readonly [number, number], side: number, kernel: number, stride: number): boolean {
  const [first, last] = same(side, kernel, stride);
  return before === first && after === last;
}

/** Pixels before and after a side with TensorFlow's `same`. */
function same(side: number, kernel: number, stride: number): [number, number] {
  const total = Math.max(0, (Math.ceil(side / stride) - 1) * stride + kernel - side);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}
