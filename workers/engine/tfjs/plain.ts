import * as tf from '@tensorflow/tfjs-core';
import type { ActivationName } from '../../../search/network/layers/index.js';
import type { BatchNormParams, FusedOps, OptimizerStep, SqueezeExciteParams } from './backend.js';

/** The fused operations as compositions of TensorFlow.js's own: what they compute by definition, on any backend. */
export const plainFused: FusedOps = {
  batchNormActivation,
  squeezeExcite,
  activation,
  softmaxCrossEntropy,
  optimizerStep,
};

function activation<T extends tf.Tensor>(x: T, name: ActivationName): T {
  switch (name) {
    case 'linear':
      return x.clone();
    case 'relu':
      return tf.relu(x);
    case 'relu6':
      return tf.relu6(x);
    case 'swish':
      return tf.mul(x, tf.sigmoid(x));
    case 'sigmoid':
      return tf.sigmoid(x);
  }
}

function batchNormActivation(x: tf.Tensor4D, p: BatchNormParams, training: boolean): tf.Tensor4D {
  return tf.tidy(() => {
    if (!training) return activation(normalise(x, p.movingMean, p.movingVariance, p), p.activation);
    const { mean, variance } = tf.moments(x, [0, 1, 2]);
    const rows = x.size / mean.size;
    updateMoving(p.movingMean, mean, p.momentum);
    updateMoving(p.movingVariance, tf.mul(variance, rows > 1 ? rows / (rows - 1) : 1), p.momentum);
    return activation(normalise(x, mean, variance, p), p.activation);
  });
}

function normalise(x: tf.Tensor4D, mean: tf.Tensor, variance: tf.Tensor, p: BatchNormParams): tf.Tensor4D {
  const scale = tf.mul(p.gamma, tf.rsqrt(tf.add(variance, p.epsilon)));
  return tf.add(tf.mul(tf.sub(x, mean), scale), p.beta);
}

function updateMoving(moving: tf.Variable, value: tf.Tensor, momentum: number): void {
  tf.tidy(() => moving.assign(tf.add(tf.mul(moving, momentum), tf.mul(value, 1 - momentum))));
}

function squeezeExcite(x: tf.Tensor4D, p: SqueezeExciteParams): tf.Tensor4D {
  return tf.tidy(() => {
    const pooled = tf.mean<tf.Tensor2D>(x, [1, 2]);
    const hidden = activation(tf.add(tf.matMul(pooled, p.w1), p.b1) as tf.Tensor2D, p.activation);
    const gate = tf.sigmoid(tf.add(tf.matMul(hidden, p.w2), p.b2));
    return tf.mul(x, tf.reshape(gate, [x.shape[0], 1, 1, x.shape[3]]));
  });
}

function softmaxCrossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D, labelSmoothing: number): tf.Scalar {
  return tf.tidy(() => {
    const classes = logits.shape[1];
    const onehot = tf.oneHot(tf.cast(labels, 'int32'), classes);
    const targets = tf.add(tf.mul(tf.cast(onehot, 'float32'), 1 - labelSmoothing), labelSmoothing / classes);
    return tf.mean(tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), 1)));
  });
}

function optimizerStep(step: OptimizerStep): void {
  tf.tidy(() => {
    const { variable, velocity, learningRate } = step;
    const gradient = tf.add(step.gradient, tf.mul(variable, step.weightDecay));
    const kept = tf.mul(velocity, step.momentum);
    if (step.kind === 'sgd') {
      velocity.assign(tf.add(kept, gradient));
      variable.assign(tf.sub(variable, tf.mul(velocity, learningRate)));
    } else {
      if (!step.meanSquare) throw new Error('an rmsprop step needs its meanSquare slot');
      const { decay = 0.9, epsilon = 1e-3 } = step;
      step.meanSquare.assign(tf.add(tf.mul(step.meanSquare, decay), tf.mul(tf.square(gradient), 1 - decay)));
      const direction = tf.div(gradient, tf.sqrt(tf.add(step.meanSquare, epsilon)));
      velocity.assign(tf.add(kept, tf.mul(direction, learningRate)));
      variable.assign(tf.sub(variable, velocity));
    }
    if (step.average) {
      if (step.averageDecay === undefined) throw new Error('a moving average of the weights needs its decay');
      const old = tf.mul(step.average, step.averageDecay);
      step.average.assign(tf.add(old, tf.mul(variable, 1 - step.averageDecay)));
    }
  });
}
