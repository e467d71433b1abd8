import { backend_util } from '@tensorflow/tfjs-core';
import type { Address } from './kernels.js';
import type { Runtime } from './runtime.js';

/** The geometry of a convolution or a pooling as tfjs-core works it out. */
export type Window = backend_util.Conv2DInfo;

/** Floats that `writeWindow` fills. */
export const windowSize = 15;

/** Writes a window the way assembly/geometry.ts reads it. */
export function writeWindow(runtime: Runtime, address: Address, w: Window): void {
  runtime.writeIntegers(address, [
    w.batchSize,
    w.inHeight,
    w.inWidth,
    w.inChannels,
    w.outHeight,
    w.outWidth,
    w.outChannels,
    w.filterHeight,
    w.filterWidth,
    w.strideHeight,
    w.strideWidth,
    w.dilationHeight,
    w.dilationWidth,
    w.padInfo.top,
    w.padInfo.left,
  ]);
}

/** The attributes that tfjs-core passes to every kernel with a window. */
export interface WindowAttributes {
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  /** The layers package passes null for none. */
  readonly dilations?: [number, number] | number | null;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** The window of a convolution; throws for channels first, which no kernel of this backend knows. */
export function convolutionWindow(
  input: readonly number[],
  filter: readonly number[],
  attributes: WindowAttributes,
  depthwise: boolean,
): Window {
  const { strides, pad, dataFormat = 'NHWC', dimRoundingMode } = attributes;
  const dilations = attributes.dilations ?? 1;
  if (dataFormat !== 'NHWC') throw new Error(`the wasm backend convolves NHWC tensors only, got ${dataFormat}`);
  return backend_util.computeConv2DInfo(
    input as [number, number, number, number],
    filter as [number, number, number, number],
    strides,
    dilations,
    pad,
    dimRoundingMode,
    depthwise,
  );
}
