import * as tf from '@tensorflow/tfjs-core';
import type { BatchNormParams, FusedOps } from '../backend.js';
import { nativeActivations } from './activation.js';
import type { Attribute, Native } from './native.js';

/**
 * Batch norm with its activation by TensorFlow's `FusedBatchNormV3` and `FusedBatchNormGradV3`. The forward kernel also moves the running
 * statistics: it writes (1 − f)·old + f·new with f = 1 − momentum, and the unbiased variance as new.
 */
export function makeBatchNormActivation(native: Native): FusedOps['batchNormActivation'] {
  const activations = nativeActivations(native);
  const common = (epsilon: number, training: boolean): Attribute[] => [
    native.type('T', 'float32'),
    native.type('U', 'float32'),
    native.float32('epsilon', epsilon),
    native.text('data_format', 'NHWC'),
    native.bool('is_training', training),
  ];

  return (x: tf.Tensor4D, p: BatchNormParams, training: boolean): tf.Tensor4D => {
    const activation = p.activation === 'linear' ? null : activations[p.activation];
    const apply = tf.customGrad((...args) => {
      const [input, gamma, beta, save] = args as unknown as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D, tf.GradSaveFunc];
      const attributes = common(p.epsilon, training);
      const [y, mean, variance, ...reserved] = native.runWith(
        'FusedBatchNormV3',
        [...attributes, native.float32('exponential_avg_factor', training ? 1 - p.momentum : 1)],
        [input, gamma, beta, p.movingMean, p.movingVariance],
        6,
      ) as [tf.Tensor, tf.Tensor1D, tf.Tensor1D, ...tf.Tensor[]];
      if (training) {
        p.movingMean.assign(mean);
        p.movingVariance.assign(variance);
      }
      const kept = activation?.forward(y) ?? [];
      save([input, gamma, ...reserved, ...kept]);
      const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] =>
        tf.tidy(() => {
          const [savedInput, savedGamma, r1, r2, r3, ...savedKept] = saved as tf.Tensor[] & { length: 5 };
          const dNorm = activation ? activation.backward(dy, savedKept) : dy;
          const inputs = [dNorm, savedInput, savedGamma, r1, r2, r3] as tf.Tensor[];
          return native.runWith('FusedBatchNormGradV3', attributes, inputs, 5).slice(0, 3);
        });
      return { value: kept.at(-1) ?? y, gradFunc };
    });
    return apply(x, p.gamma, p.beta) as tf.Tensor4D;
  };
}
