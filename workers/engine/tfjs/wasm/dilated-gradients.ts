import * as tf from '@tensorflow/tfjs-core';
import type { WindowAttributes } from './window.js';

/**
 * Gradients of dilated convolutions, which tfjs-core refuses on every backend. The kernels here have them; other backends, and windows
 * without dilation, keep tfjs-core's gradient. Out of reach is `tf.fused.conv2d`, which checks for itself: the layers package uses it for
 * a dilated convolution whose activation is linear or one that it applies separately; with `relu` it does not, and training works.
 */
export function registerDilatedGradients(): void {
  extend(tf.Conv2D, tf.Conv2DBackpropInput, tf.Conv2DBackpropFilter);
  extend(tf.DepthwiseConv2dNative, tf.DepthwiseConv2dNativeBackpropInput, tf.DepthwiseConv2dNativeBackpropFilter);
}

function extend(kernelName: string, inputGradient: string, filterGradient: string): void {
  const original = tf.getGradient(kernelName);
  const gradFunc: tf.GradFunc = (dy, saved, attributes) => {
    const dilations = (attributes as unknown as WindowAttributes).dilations ?? 1;
    if ([dilations].flat().every((d) => d === 1) || tf.getBackend() !== 'wasm') {
      return original.gradFunc(dy, saved, attributes);
    }
    const [x, filter] = saved as [tf.Tensor4D, tf.Tensor4D];
    const run = (name: string, inputs: tf.NamedTensorMap, shapes: object) =>
      tf.engine().runKernel(name, inputs, { ...attributes, ...shapes }) as tf.Tensor;
    const gradient = dy as tf.Tensor;
    return {
      x: () => run(inputGradient, { dy: gradient, filter }, { inputShape: x.shape }),
      filter: () => run(filterGradient, { x, dy: gradient }, { filterShape: filter.shape }),
    };
  };
  tf.unregisterGradient(kernelName);
  tf.registerGradient({ ...original, gradFunc });
}
