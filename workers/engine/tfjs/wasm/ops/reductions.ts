import * as tf from '@tensorflow/tfjs-core';
import { type Run, wasmKernel } from '../registration.js';
import type { Runtime } from '../runtime.js';

interface ReductionAttributes {
  readonly axis: number | number[];
  readonly keepDims: boolean;
}

/**
 * Sums and means over the leading axes (the gradient of a bias) and over the axes between the first and the last (an image's pixels).
 * The backend transposes for them, which costs more than the sum. Every other reduction is left to it.
 */
function reduction(kernelName: string, isMean: boolean): tf.KernelConfig {
  const fallback = tf.getKernel(kernelName, 'wasm');
  const run: Run<ReductionAttributes> = (runtime, { x }, { axis, keepDims }) => {
    const rank = x!.shape.length;
    const axes = tf.util.parseAxisParam(axis, x!.shape).sort((a, b) => a - b);
    const first = axes[0] ?? rank;
    const last = axes[axes.length - 1] ?? -1;
    const contiguous = last - first + 1 === axes.length;
    const size = tf.util.sizeFromShape(x!.shape);
    if (x!.dtype !== 'float32' || !contiguous || last >= rank - 1 || size === 0) {
      return fallback.kernelFunc({
        inputs: { x: x! },
        attrs: { axis: axis as number[], keepDims },
        backend: runtime.backend,
      });
    }
    const shape = x!.shape.flatMap((side, i) => (i < first || i > last ? [side] : keepDims ? [1] : []));
    const sides = {
      outer: tf.util.sizeFromShape(x!.shape.slice(0, first)),
      reduced: tf.util.sizeFromShape(x!.shape.slice(first, last + 1)),
      inner: tf.util.sizeFromShape(x!.shape.slice(last + 1)),
    };
    return reduce(runtime, x!, shape, sides, isMean);
  };
  return wasmKernel(kernelName, run);
}

/** y [outer, inner] = sum or mean of x [outer, reduced, inner]. */
function reduce(
  runtime: Runtime,
  x: tf.TensorInfo,
  shape: number[],
  { outer, reduced, inner }: { outer: number; reduced: number; inner: number },
  isMean: boolean,
): tf.TensorInfo {
  const y = runtime.output(shape);
  const { kernels } = runtime;
  const factor = isMean ? 1 / reduced : 1;
  if (outer === 1 && !isMean) kernels.columnSums(runtime.address(x), runtime.address(y), reduced, inner);
  else kernels.imageSums(runtime.address(x), 0, runtime.address(y), outer, reduced, inner, factor);
  return y;
}

export const reductionKernels = [reduction(tf.Sum, false), reduction(tf.Mean, true)];
