import * as tf from '@tensorflow/tfjs-core';
import type { Address } from '../kernels.js';
import { type Run, wasmKernel } from '../registration.js';
import type { Runtime } from '../runtime.js';
import { DepthwiseConvolution } from '../stages/depthwise.js';
import { convolutionWindow, type Window, type WindowAttributes, windowSize, writeWindow } from '../window.js';
import { applyFusedActivation, type FusedAttributes } from './fused-activation.js';

/** Which operand of a depthwise convolution is computed from the other two. */
const directions = { y: 0, dx: 1, dFilter: 2 } as const;

function compute(
  runtime: Runtime,
  direction: keyof typeof directions,
  x: Address,
  filter: Address,
  y: Address,
  w: Window,
): void {
  runtime.withScratch((take) => {
    if (w.outChannels !== w.inChannels) {
      const window = take(windowSize);
      writeWindow(runtime, window, w);
      runtime.kernels.depthwiseMultiplied(x, filter, y, window, directions[direction]);
      return;
    }
    const convolution = new DepthwiseConvolution(runtime, take, w, filter);
    if (direction === 'y') convolution.forward(x, y, w.batchSize, true);
    else if (direction === 'dx') convolution.gradient(0, y, x, w.batchSize, true);
    else {
      convolution.gradient(x, y, 0, w.batchSize, true);
      convolution.filterGradient(filter);
    }
  });
}

const depthwise: Run<WindowAttributes> = (runtime, { x, filter }, attributes) => {
  const w = convolutionWindow(x!.shape, filter!.shape, attributes, true);
  const y = runtime.output(w.outShape);
  compute(runtime, 'y', runtime.address(x!), runtime.address(filter!), runtime.address(y), w);
  return y;
};

const fusedDepthwise: Run<WindowAttributes & FusedAttributes> = (runtime, inputs, attributes) => {
  const { x, filter, bias, preluActivationWeights } = inputs;
  const w = convolutionWindow(x!.shape, filter!.shape, attributes, true);
  const y = runtime.output(w.outShape);
  const address = runtime.address(y);
  compute(runtime, 'y', runtime.address(x!), runtime.address(filter!), address, w);
  if (bias) {
    const pixels = w.batchSize * w.outHeight * w.outWidth;
    runtime.kernels.imageScale(address, 0, runtime.address(bias), 1, address, 1, pixels, w.outChannels);
  }
  return applyFusedActivation(runtime, y, attributes, preluActivationWeights);
};

const inputGradient: Run<WindowAttributes & { inputShape: number[] }> = (runtime, { dy, filter }, attributes) => {
  const w = convolutionWindow(attributes.inputShape, filter!.shape, attributes, true);
  const dx = runtime.output(attributes.inputShape);
  compute(runtime, 'dx', runtime.address(dx), runtime.address(filter!), runtime.address(dy!), w);
  return dx;
};

const filterGradient: Run<WindowAttributes & { filterShape: number[] }> = (runtime, { x, dy }, attributes) => {
  const w = convolutionWindow(x!.shape, attributes.filterShape, attributes, true);
  const dFilter = runtime.output(attributes.filterShape);
  compute(runtime, 'dFilter', runtime.address(x!), runtime.address(dFilter), runtime.address(dy!), w);
  return dFilter;
};

export const depthwiseKernels = [
  wasmKernel(tf.DepthwiseConv2dNative, depthwise),
  wasmKernel(tf.FusedDepthwiseConv2D, fusedDepthwise),
  wasmKernel(tf.DepthwiseConv2dNativeBackpropInput, inputGradient),
  wasmKernel(tf.DepthwiseConv2dNativeBackpropFilter, filterGradient),
];
