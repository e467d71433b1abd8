import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { Random } from '../../../../search/base/random.js';
import type { Backend } from '../../../../workers/engine/tfjs/backend.js';
import { loadBackend } from '../../../../workers/engine/tfjs/index.js';

/** Losses of three optimiser steps of one small network: convolution, depthwise, squeeze-and-excite, pooling, a shortcut, dense. */
function trainThreeSteps(engine: Backend, kind: 'sgd' | 'rmsprop'): number[] {
  tf.engine().startScope();
  const random = new Random(7);
  const normal = (shape: number[], scale: number) =>
    tf.tensor(
      Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal() * scale),
      shape,
    );
  const weights = {
    stem: tf.variable(normal([3, 3, 3, 8], 0.2)),
    gamma1: tf.variable(tf.ones([8])),
    beta1: tf.variable(tf.zeros([8])),
    depthwise: tf.variable(normal([5, 5, 8, 1], 0.2)),
    gamma2: tf.variable(tf.ones([8])),
    beta2: tf.variable(tf.zeros([8])),
    w1: tf.variable(normal([8, 3], 0.3)),
    b1: tf.variable(tf.zeros([3])),
    w2: tf.variable(normal([3, 8], 0.3)),
    b2: tf.variable(tf.zeros([8])),
    project: tf.variable(normal([1, 1, 8, 8], 0.3)),
    dense: tf.variable(normal([8, 5], 0.3)),
  };
  const moving = [8, 8].map((n) => ({ mean: tf.variable(tf.zeros([n])), variance: tf.variable(tf.ones([n])) }));
  const slots = Object.values(weights).map((w) => ({
    velocity: tf.variable(tf.zerosLike(w)),
    meanSquare: tf.variable(tf.zerosLike(w)),
    average: tf.variable(tf.clone(w)),
  }));
  const { fused } = engine;
  const norm = (x: tf.Tensor, i: 0 | 1) =>
    fused.batchNormActivation(
      x as tf.Tensor4D,
      {
        gamma: weights[`gamma${i === 0 ? 1 : 2}`] as unknown as tf.Tensor1D,
        beta: weights[`beta${i === 0 ? 1 : 2}`] as unknown as tf.Tensor1D,
        movingMean: moving[i]?.mean as unknown as tf.Variable<tf.Rank.R1>,
        movingVariance: moving[i]?.variance as unknown as tf.Variable<tf.Rank.R1>,
        epsilon: 1e-3,
        momentum: 0.9,
        activation: i === 0 ? 'swish' : 'relu6',
      },
      true,
    );
  const x = normal([6, 13, 13, 3], 1) as tf.Tensor4D;
  const labels = tf.tensor1d([0, 1, 2, 3, 4, 0], 'int32');
  const loss = () =>
    tf.tidy(() => {
      const a = norm(tf.conv2d(x, weights.stem as unknown as tf.Tensor4D, 2, 'same'), 0);
      const b = norm(tf.depthwiseConv2d(a, weights.depthwise as unknown as tf.Tensor4D, 1, 'same'), 1);
      const c = fused.squeezeExcite(b, {
        w1: weights.w1 as unknown as tf.Tensor2D,
        b1: weights.b1 as unknown as tf.Tensor1D,
        w2: weights.w2 as unknown as tf.Tensor2D,
        b2: weights.b2 as unknown as tf.Tensor1D,
        activation: 'swish',
      });
      const d = tf.add(a, tf.conv2d(c, weights.project as unknown as tf.Tensor4D, 1, 'same')) as tf.Tensor4D;
      const e = tf.mean(tf.maxPool(d, 3, 2, 'same'), [1, 2]) as tf.Tensor2D;
      return fused.softmaxCrossEntropy(tf.matMul(e, weights.dense as unknown as tf.Tensor2D), labels, 0.1);
    });
  const losses: number[] = [];
  for (let step = 0; step < 3; step++) {
    const { value, grads } = tf.variableGrads(loss, Object.values(weights));
    losses.push(value.dataSync()[0] as number);
    Object.values(weights).forEach((variable, i) => {
      fused.optimizerStep({
        kind,
        variable,
        gradient: grads[variable.name] as tf.Tensor,
        ...(slots[i] as (typeof slots)[number]),
        learningRate: 0.1,
        momentum: 0.9,
        weightDecay: 1e-4,
        averageDecay: 0.9,
      });
    });
    tf.dispose([value, grads]);
  }
  losses.push(...moving.flatMap(({ mean, variance }) => [...mean.dataSync(), ...variance.dataSync()]));
  losses.push(...slots.flatMap(({ average }) => [...average.dataSync()]));
  tf.dispose([weights, moving, slots] as unknown as tf.TensorContainer);
  tf.engine().endScope();
  return losses;
}

test.each(['sgd', 'rmsprop'] as const)(
  'three %s steps give the same losses, statistics and averages on wasm and cpu within 1e-4',
  async (kind) => {
    const reference = trainThreeSteps(await loadBackend('cpu'), kind);
    const wasm = await loadBackend('wasm');
    const before = tf.memory().numTensors;
    const measured = trainThreeSteps(wasm, kind);
    expect(tf.memory().numTensors).toBe(before);
    expect(reference[2]).toBeLessThan(reference[0] as number);
    reference.forEach((value, i) => {
      expect(Math.abs((measured[i] as number) - value)).toBeLessThan(1e-4);
    });
  },
);
