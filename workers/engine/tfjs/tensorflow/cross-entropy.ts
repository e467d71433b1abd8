import * as tf from '@tensorflow/tfjs-core';
import type { FusedOps } from '../backend.js';
import type { Native } from './native.js';

/** Soft-max cross-entropy by TensorFlow's `SoftmaxCrossEntropyWithLogits`, which computes loss and gradient in one pass. */
export function makeSoftmaxCrossEntropy(native: Native): FusedOps['softmaxCrossEntropy'] {
  return (logits: tf.Tensor2D, labels: tf.Tensor1D, labelSmoothing: number): tf.Scalar => {
    const [images, classes] = logits.shape;
    const apply = tf.customGrad((input, save) => {
      const off = labelSmoothing / classes;
      const targets = tf.oneHot(tf.cast(labels, 'int32'), classes, 1 - labelSmoothing + off, off, 'float32');
      const attributes = [native.type('T', 'float32')];
      const [losses, gradient] = native.runWith(
        'SoftmaxCrossEntropyWithLogits',
        attributes,
        [input as tf.Tensor, targets],
        2,
      );
      (save as tf.GradSaveFunc)([gradient as tf.Tensor]);
      return {
        value: tf.mean(losses as tf.Tensor),
        gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
          tf.tidy(() => tf.mul(saved[0] as tf.Tensor, tf.div(dy, images))),
      };
    });
    return apply(logits) as tf.Scalar;
  };
}
