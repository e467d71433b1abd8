import * as tf from '@tensorflow/tfjs-core';
import type { Address } from '../kernels.js';
import { type Run, wasmKernel } from '../registration.js';
import type { Runtime } from '../runtime.js';
import { convolutionWindow, type Window, type WindowAttributes, windowSize, writeWindow } from '../window.js';
import { applyFusedActivation, type FusedAttributes } from './fused-activation.js';

/** Floats of gathered patches that are kept in the cache at a time: 256 KiB. */
const patchFloats = 65_536;

/** Floats that the panels of an [inner, columns] matrix take. */
export function panelFloats(inner: number, columns: number): number {
  return inner * ((columns + 7) & ~7);
}

/** Output pixels whose patches of `inner` floats are gathered at a time. */
function patchBlock(inner: number): number {
  return Math.max(8, Math.floor(patchFloats / inner) & ~3);
}

function needsPatches(w: Window): boolean {
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = w;
  const padded = padInfo.top + padInfo.left + padInfo.bottom + padInfo.right > 0;
  return filterHeight * filterWidth * strideHeight * strideWidth > 1 || padded;
}

/** y = conv(x, filter) + bias into `y`. */
function convolve(runtime: Runtime, x: Address, filter: Address, bias: Address, y: Address, w: Window): void {
  const { kernels } = runtime;
  const inner = w.filterHeight * w.filterWidth * w.inChannels;
  const block = patchBlock(inner);
  const [window, packed, columns, paddedBias, tile] = runtime.scratch(
    windowSize,
    panelFloats(inner, w.outChannels),
    needsPatches(w) ? block * inner : 0,
    w.outChannels + 8,
    8,
  );
  writeWindow(runtime, window, w);
  kernels.packPanels(filter, packed, inner, w.outChannels, w.outChannels, 1, inner, 0);
  if (bias !== 0) runtime.copy(paddedBias, bias, w.outChannels);
  kernels.conv2d(x, packed, y, window, bias === 0 ? 0 : paddedBias, columns, block, tile);
}

const conv2d: Run<WindowAttributes> = (runtime, { x, filter }, attributes) => {
  const w = convolutionWindow(x!.shape, filter!.shape, attributes, false);
  const y = runtime.output(w.outShape);
  convolve(runtime, runtime.address(x!), runtime.address(filter!), 0, runtime.address(y), w);
  return y;
};

const fusedConv2d: Run<WindowAttributes & FusedAttributes> = (runtime, inputs, attributes) => {
  const { x, filter, bias, preluActivationWeights } = inputs;
  const w = convolutionWindow(x!.shape, filter!.shape, attributes, false);
  if (bias && tf.util.sizeFromShape(bias.shape) !== w.outChannels) {
    throw new Error(`the bias of a convolution has one value a channel (${w.outChannels}), got shape [${bias.shape}]`);
  }
  const y = runtime.output(w.outShape);
  const biasAddress = runtime.addressOrNone(bias);
  convolve(runtime, runtime.address(x!), runtime.address(filter!), biasAddress, runtime.address(y), w);
  return applyFusedActivation(runtime, y, attributes, preluActivationWeights);
};

const conv2dBackpropFilter: Run<WindowAttributes & { filterShape: number[] }> = (runtime, { x, dy }, attributes) => {
  const w = convolutionWindow(x!.shape, attributes.filterShape, attributes, false);
  const inner = w.filterHeight * w.filterWidth * w.inChannels;
  const block = patchBlock(inner);
  const dFilter = runtime.output(attributes.filterShape);
  const [window, columns] = runtime.scratch(windowSize, needsPatches(w) ? block * inner : 0);
  writeWindow(runtime, window, w);
  runtime.kernels.conv2dFilterGradient(
    runtime.address(x!),
    runtime.address(dy!),
    runtime.address(dFilter),
    window,
    columns,
    block,
  );
  return dFilter;
};

const conv2dBackpropInput: Run<WindowAttributes & { inputShape: number[] }> = (runtime, { dy, filter }, attributes) => {
  const w = convolutionWindow(attributes.inputShape, filter!.shape, attributes, false);
  const dx = runtime.output(attributes.inputShape);
  const args = [runtime, runtime.address(dy!), runtime.address(filter!), runtime.address(dx), w] as const;
  if (w.strideHeight === 1 && w.strideWidth === 1) convolveTurned(...args);
  else scatter(...args);
  return dx;
};

/** At stride 1 dx is the convolution of dy with the filter turned by 180° and its channels swapped. */
function convolveTurned(runtime: Runtime, dy: Address, filter: Address, dx: Address, w: Window): void {
  const { kernels } = runtime;
  const taps = w.filterHeight * w.filterWidth;
  const inner = taps * w.outChannels;
  const block = patchBlock(inner);
  const turned: Window = {
    ...w,
    inHeight: w.outHeight,
    inWidth: w.outWidth,
    inChannels: w.outChannels,
    outHeight: w.inHeight,
    outWidth: w.inWidth,
    outChannels: w.inChannels,
    padInfo: {
      ...w.padInfo,
      top: (w.filterHeight - 1) * w.dilationHeight - w.padInfo.top,
      left: (w.filterWidth - 1) * w.dilationWidth - w.padInfo.left,
    },
  };
  const [window, packed, columns, tile] = runtime.scratch(
    windowSize,
    panelFloats(inner, w.inChannels),
    needsPatches(w) ? block * inner : 0,
    8,
  );
  writeWindow(runtime, window, turned);
  for (let tap = 0; tap < taps; tap++) {
    const source = filter + (taps - 1 - tap) * w.inChannels * w.outChannels * 4;
    kernels.packPanels(source, packed, w.outChannels, w.inChannels, 1, w.outChannels, inner, tap * w.outChannels);
  }
  kernels.conv2d(dy, packed, dx, window, 0, columns, block, tile);
}

/** At other strides every output pixel adds the gradient of its patch to the pixels that it saw. */
function scatter(runtime: Runtime, dy: Address, filter: Address, dx: Address, w: Window): void {
  const { kernels } = runtime;
  const inner = w.filterHeight * w.filterWidth * w.inChannels;
  const block = patchBlock(inner);
  const [window, packed, columns, tile] = runtime.scratch(
    windowSize,
    panelFloats(w.outChannels, inner),
    block * inner,
    8,
  );
  writeWindow(runtime, window, w);
  kernels.packPanels(filter, packed, w.outChannels, inner, 1, w.outChannels, w.outChannels, 0);
  kernels.conv2dInputGradient(dy, packed, dx, window, columns, block, tile);
}

export const convolutionKernels = [
  wasmKernel(tf.Conv2D, conv2d),
  wasmKernel(tf.FusedConv2D, fusedConv2d),
  wasmKernel(tf.Conv2DBackpropFilter, conv2dBackpropFilter),
  wasmKernel(tf.Conv2DBackpropInput, conv2dBackpropInput),
];
