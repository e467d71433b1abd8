import type * as tf from '@tensorflow/tfjs-core';
import type { ConvBatchNormParams } from '../../backend.js';
import { activationKinds } from '../activation.js';
import type { Inputs, Run } from '../registration.js';
import type { Runtime } from '../runtime.js';
import { Convolution } from '../stages/convolution.js';
import { type NormAddresses, Normaliser } from '../stages/normaliser.js';
import { convolutionWindow, type Window, type WindowAttributes } from '../window.js';
import { differentiable, runKernel } from './differentiable.js';
import { updateMoving } from './moving-statistics.js';

interface Attributes extends WindowAttributes {
  readonly epsilon: number;
  readonly kind: number;
  readonly inputGradient: boolean;
}

/** Output pixels of a few images that are handled together: enough for a matrix product, few enough for the second cache level. */
const chunkPixels = 256;
const chunkBytes = 1 << 19;

function imagesTogether({ batchSize, outHeight, outWidth, outChannels }: Window): number {
  const pixels = outHeight * outWidth;
  const enough = Math.ceil(chunkPixels / pixels);
  const few = Math.floor(chunkBytes / (4 * pixels * outChannels));
  return Math.min(batchSize, Math.max(1, enough, few));
}

function norms(runtime: Runtime, { gamma, beta }: Inputs, mean: tf.TensorInfo, variance: tf.TensorInfo): NormAddresses {
  return {
    gamma: runtime.address(gamma!),
    beta: runtime.address(beta!),
    mean: runtime.address(mean),
    variance: runtime.address(variance),
  };
}

/** [y, the convolution's result, its mean, its variance] of x, filter, gamma and beta. */
const forward: Run<Attributes> = (runtime, inputs, attributes) => {
  const { x, filter } = inputs;
  const w = convolutionWindow(x!.shape, filter!.shape, attributes, false);
  const convolved = runtime.output(w.outShape);
  const [mean, variance] = [runtime.output([w.outChannels]), runtime.output([w.outChannels])];
  const y = runtime.output(w.outShape);
  const result = runtime.address(convolved);
  runtime.withScratch((take) => {
    const { epsilon, kind } = attributes;
    const norm = new Normaliser(runtime, take, w.outChannels, epsilon, kind, norms(runtime, inputs, mean, variance));
    const convolution = new Convolution(runtime, take, w, runtime.address(filter!));
    const total = convolution.pixels;
    const step = imagesTogether(w) * w.outHeight * w.outWidth;
    for (let first = 0; first < total; first += step) {
      const end = Math.min(first + step, total);
      convolution.forward(runtime.address(x!), result, 0, first, end);
      // Statistics of these pixels while they are in a cache.
      norm.addMoments(result + 4 * first * w.outChannels, end - first, result);
    }
    norm.finishMoments(total, result);
    norm.prepare();
    norm.normalise(result, runtime.address(y), total);
  });
  return [y, convolved, mean, variance];
};

/** [dx, dFilter, dGamma, dBeta] of dy, the inputs and what the forward pass saved. dx is of no size where it is not wanted. */
const backward: Run<Attributes> = (runtime, inputs, attributes) => {
  const { x, filter, convolved, mean, variance, dy } = inputs;
  const w = convolutionWindow(x!.shape, filter!.shape, attributes, false);
  const dx = runtime.output(attributes.inputGradient ? x!.shape : [0]);
  const dFilter = runtime.output(filter!.shape);
  const [dGamma, dBeta] = [runtime.output([w.outChannels]), runtime.output([w.outChannels])];
  const result = runtime.address(convolved!);
  const isLinear = attributes.kind === activationKinds.linear;
  const g = isLinear ? dy! : runtime.output(w.outShape);
  const [gAddress, dxAddress] = [runtime.address(g), runtime.address(dx)];
  runtime.withScratch((take) => {
    const { epsilon, kind } = attributes;
    const norm = new Normaliser(runtime, take, w.outChannels, epsilon, kind, norms(runtime, inputs, mean!, variance!));
    const convolution = new Convolution(runtime, take, w, runtime.address(filter!));
    const total = convolution.pixels;
    norm.prepare();
    norm.addGradient(result, runtime.address(dy!), gAddress, total);
    norm.finishGradient(total, true, runtime.address(dGamma), runtime.address(dBeta));
    const images = imagesTogether(w);
    const pixels = w.outHeight * w.outWidth;
    const dConvolved = take(images * pixels * w.outChannels);
    for (let image = 0; image < w.batchSize; image += images) {
      const count = Math.min(images, w.batchSize - image);
      const [first, end] = [image * pixels, (image + count) * pixels];
      const at = 4 * first * w.outChannels;
      norm.combine(result + at, gAddress + at, dConvolved, end - first);
      convolution.addFilterGradient(runtime.address(x!), dConvolved, first, end);
      if (!attributes.inputGradient) continue;
      convolution.inputGradient(dConvolved, dxAddress + 4 * image * w.inHeight * w.inWidth * w.inChannels, count);
    }
    convolution.writeFilterGradient(runtime.address(dFilter));
  });
  if (!isLinear) runtime.backend.disposeData(g.dataId);
  return [dx, dFilter, dGamma, dBeta];
};

/** A convolution and its batch norm in training; see `FusedOps`. */
export function convBatchNorm(x: tf.Tensor4D, p: ConvBatchNormParams): tf.Tensor4D {
  const { filter, norm, stride: strides, padding: pad, inputGradient } = p;
  const { gamma, beta, epsilon } = norm;
  const attributes = { strides, pad, epsilon, kind: activationKinds[norm.activation], inputGradient };
  return differentiable(
    // What needs no gradient is no operand: its gradient is not asked for then.
    inputGradient ? [x, filter, gamma, beta] : [filter, gamma, beta],
    () => {
      const results = runKernel(forward, { x, filter, gamma, beta }, attributes);
      const [y, convolved, mean, variance] = results as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      updateMoving(norm, mean, variance, y.size / gamma.size);
      return { y, reads: [x, filter, gamma, beta], made: [convolved, mean, variance] };
    },
    (dy, saved) => {
      const names = ['x', 'filter', 'gamma', 'beta', 'convolved', 'mean', 'variance'];
      const tensors = Object.fromEntries(names.map((name, i) => [name, saved[i] as tf.Tensor]));
      const gradients = runKernel(backward, { ...tensors, dy }, attributes);
      return inputGradient ? gradients : gradients.slice(1);
    },
  );
}
