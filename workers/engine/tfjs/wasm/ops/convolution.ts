import * as tf from '@tensorflow/tfjs-core';
import type { Address } from '../kernels.js';
import { type Run, wasmKernel } from '../registration.js';
import type { Runtime } from '../runtime.js';
import { Convolution } from '../stages/convolution.js';
import { convolutionWindow, type Window, type WindowAttributes } from '../window.js';
import { applyFusedActivation, type FusedAttributes } from './fused-activation.js';

/** y = conv(x, filter) + bias into `y`. */
function convolve(runtime: Runtime, x: Address, filter: Address, bias: Address, y: Address, w: Window): void {
  runtime.withScratch((take) => {
    const paddedBias = bias === 0 ? 0 : take(w.outChannels + 8);
    if (bias !== 0) runtime.copy(paddedBias, bias, w.outChannels);
    new Convolution(runtime, take, w, filter).forward(x, y, paddedBias);
  });
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
  const dFilter = runtime.output(attributes.filterShape);
  runtime.withScratch((take) => {
    const convolution = new Convolution(runtime, take, w, 0);
    convolution.addFilterGradient(runtime.address(x!), runtime.address(dy!));
    convolution.writeFilterGradient(runtime.address(dFilter));
  });
  return dFilter;
};

const conv2dBackpropInput: Run<WindowAttributes & { inputShape: number[] }> = (runtime, { dy, filter }, attributes) => {
  const w = convolutionWindow(attributes.inputShape, filter!.shape, attributes, false);
  const dx = runtime.output(attributes.inputShape);
  runtime.withScratch((take) =>
    new Convolution(runtime, take, w, runtime.address(filter!)).inputGradient(
      runtime.address(dy!),
      runtime.address(dx),
    ),
  );
  return dx;
};

export const convolutionKernels = [
  wasmKernel(tf.Conv2D, conv2d),
  wasmKernel(tf.FusedConv2D, fusedConv2d),
  wasmKernel(tf.Conv2DBackpropFilter, conv2dBackpropFilter),
  wasmKernel(tf.Conv2DBackpropInput, conv2dBackpropInput),
];
