import * as tf from '@tensorflow/tfjs-core';

interface Attributes {
  readonly filterSize: [number, number] | number;
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number;
}

const corrected = new Set<string>();

/**
 * Corrects the gradient of average pooling of a backend of TensorFlow.js 4.22 (`cpu`, `webgpu`): at the edge of a padded image the forward
 * pass divides by the pixels that the window really has, but the backward pass by the whole window.
 */
export function correctAveragePoolGradient(backendName: string): void {
  if (corrected.has(backendName)) return;
  corrected.add(backendName);
  const own = tf.getKernel(tf.AvgPoolGrad, backendName);
  tf.unregisterKernel(tf.AvgPoolGrad, backendName);
  tf.registerKernel({
    ...own,
    kernelFunc: (params) => {
      const { dy, input } = params.inputs as unknown as { dy: tf.Tensor4D; input: tf.Tensor4D };
      const { filterSize, strides, pad } = params.attrs as unknown as Attributes;
      const scaled = tf.tidy(() => tf.mul(dy, windowShares(input.shape, filterSize, strides, pad)));
      const dx = own.kernelFunc({ ...params, inputs: { ...params.inputs, dy: scaled } });
      scaled.dispose();
      return dx;
    },
  });
}

/** [1, height, width, 1]: of each window of a pooling its size over the number of its pixels that are inside of the image. */
function windowShares(shape: tf.Tensor4D['shape'], ...[filterSize, strides, pad]: WindowArguments): tf.Tensor4D {
  const w = tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad);
  const inside = (out: number, stride: number, before: number, filter: number, size: number): number => {
    const first = out * stride - before;
    return Math.min(first + filter, size) - Math.max(first, 0);
  };
  const shares = new Float32Array(w.outHeight * w.outWidth);
  for (let row = 0; row < w.outHeight; row++) {
    const rows = inside(row, w.strideHeight, w.padInfo.top, w.filterHeight, w.inHeight);
    for (let column = 0; column < w.outWidth; column++) {
      const columns = inside(column, w.strideWidth, w.padInfo.left, w.filterWidth, w.inWidth);
      shares[row * w.outWidth + column] = (w.filterHeight * w.filterWidth) / (rows * columns);
    }
  }
  return tf.tensor4d(shares, [1, w.outHeight, w.outWidth, 1]);
}

type WindowArguments = [Attributes['filterSize'], Attributes['strides'], Attributes['pad']];
