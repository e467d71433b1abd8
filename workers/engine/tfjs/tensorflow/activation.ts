import * as tf from '@tensorflow/tfjs-core';
import type { ActivationName } from '../../../../search/network/layers/index.js';
import type { FusedOps } from '../backend.js';
import type { Native } from './native.js';

/** An activation by TensorFlow's kernels, in two halves that other fused operations can use. */
export interface NativeActivation {
  /** What the backward half needs, and y as its last. */
  forward(x: tf.Tensor): readonly [...tf.Tensor[], tf.Tensor];
  /** Gradient with regard to x, from dy and what `forward` gave. */
  backward(dy: tf.Tensor, kept: readonly tf.Tensor[]): tf.Tensor;
}

/** Every activation but `linear`, which needs nothing. None keeps its input: what they keep is y, which the next layer keeps as well, and swish its sigmoid. */
export function nativeActivations(
  native: Native,
): Readonly<Record<Exclude<ActivationName, 'linear'>, NativeActivation>> {
  return {
    relu: {
      forward: (x) => [native.run('Relu', x)],
      backward: (dy, [y]) => native.run('ReluGrad', dy, y as tf.Tensor),
    },
    relu6: {
      forward: (x) => [native.run('Relu6', x)],
      backward: (dy, [y]) => native.run('Relu6Grad', dy, y as tf.Tensor),
    },
    sigmoid: {
      forward: (x) => [native.run('Sigmoid', x)],
      backward: (dy, [y]) => native.run('SigmoidGrad', y as tf.Tensor, dy),
    },
    swish: {
      forward: (x) => {
        const s = native.run('Sigmoid', x);
        return [s, native.run('Mul', x, s)];
      },
      // With s = sigmoid(x) and y = x·s: dy/dx = s + x·s·(1 − s) = s + y − s·y.
      backward: (dy, kept) => {
        const [s, y] = kept as [tf.Tensor, tf.Tensor];
        const sum = native.run('AddV2', s, y);
        const product = native.run('Mul', s, y);
        const slope = native.run('Sub', sum, product);
        tf.dispose([sum, product]);
        return native.run('Mul', dy, slope);
      },
    },
  };
}

/** The fused operation. */
export function makeActivation(native: Native): FusedOps['activation'] {
  const activations = nativeActivations(native);
  return <T extends tf.Tensor>(x: T, name: ActivationName): T => {
    if (name === 'linear') return x.clone();
    const { forward, backward } = activations[name];
    const apply = tf.customGrad((input, save) => {
      const kept = forward(input as tf.Tensor);
      (save as tf.GradSaveFunc)([...kept]);
      return {
        value: kept.at(-1) as tf.Tensor,
        gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.tidy(() => backward(dy, saved)),
      };
    });
    return apply(x) as T;
  };
}
