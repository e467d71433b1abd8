import * as tf from '@tensorflow/tfjs-core';
import type { BatchNormParams } from '../../backend.js';
import { runtimeOf } from '../runtime.js';
import { writable } from '../variables.js';

/** Moves the running statistics towards those of a batch of `rows` values a channel; the variance is made unbiased, as TensorFlow and PyTorch keep it. */
export function updateMoving(norm: BatchNormParams, mean: tf.Tensor, variance: tf.Tensor, rows: number): void {
  update(norm.movingMean, mean, norm.momentum, 1);
  update(norm.movingVariance, variance, norm.momentum, rows > 1 ? rows / (rows - 1) : 1);
}

function update(moving: tf.Variable, value: tf.Tensor, momentum: number, factor: number): void {
  const runtime = runtimeOf(tf.backend());
  runtime.kernels.runningAverage(writable(runtime, moving), runtime.address(value), moving.size, momentum, factor);
}
