import * as tf from '@tensorflow/tfjs-core';
import type { FusedOps, SqueezeExciteParams } from '../backend.js';
import { nativeActivations } from './activation.js';
import type { Native } from './native.js';

/**
 * Squeeze-and-excite in which each full-size activation is passed over as rarely as TensorFlow's kernels allow: twice forward, four times
 * backward.
 */
export function makeSqueezeExcite(native: Native): FusedOps['squeezeExcite'] {
  const activations = nativeActivations(native);

  return (x: tf.Tensor4D, { w1, b1, w2, b2, activation: name }: SqueezeExciteParams): tf.Tensor4D => {
    const activation = name === 'linear' ? null : activations[name];
    const [images, height, width, channels] = x.shape;
    const perImage = (t: tf.Tensor): tf.Tensor => tf.reshape(t, [images, 1, 1, channels]);

    const apply = tf.customGrad((...args) => {
      const [input, weights1, bias1, weights2, bias2, save] = args as unknown as [
        ...[tf.Tensor4D, tf.Tensor2D, tf.Tensor1D, tf.Tensor2D, tf.Tensor1D],
        tf.GradSaveFunc,
      ];
      const mean = tf.mean<tf.Tensor2D>(input, [1, 2]);
      const squeezed = native.run('AddV2', tf.matMul(mean, weights1), bias1);
      const kept = activation?.forward(squeezed) ?? [squeezed];
      const hidden = kept.at(-1) as tf.Tensor2D;
      const gate = native.run('Sigmoid', native.run('AddV2', tf.matMul(hidden, weights2), bias2));
      save([input, mean, gate, weights1, weights2, ...kept]);

      const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] =>
        tf.tidy(() => {
          const [savedInput, savedMean, savedGate, savedWeights1, savedWeights2, ...savedKept] = saved as [
            ...[tf.Tensor4D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D],
            ...tf.Tensor2D[],
          ];
          const product = native.run('Mul', dy, savedInput);
          const dGate = tf.sum(product, [1, 2]);
          product.dispose();
          const dExcited = native.run<tf.Tensor2D>('SigmoidGrad', savedGate, dGate);
          const dHidden = tf.matMul(dExcited, savedWeights2, false, true);
          const dSqueezed = (activation?.backward(dHidden, savedKept) ?? dHidden) as tf.Tensor2D;
          const dMean = tf.matMul(dSqueezed, savedWeights1, false, true);
          const direct = native.run('Mul', dy, perImage(savedGate));
          return [
            native.run('AddV2', direct, perImage(tf.div(dMean, height * width))),
            tf.matMul(savedMean, dSqueezed, true),
            tf.sum(dSqueezed, 0),
            tf.matMul(savedKept.at(-1) as tf.Tensor2D, dExcited, true),
            tf.sum(dExcited, 0),
          ];
        });
      return { value: native.run('Mul', input, perImage(gate)), gradFunc };
    });
    return apply(x, w1, b1, w2, b2) as tf.Tensor4D;
  };
}
