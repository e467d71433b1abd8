import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import type { ActivationName } from '../../../../search/network/layers/index.js';
import { wasmFused } from '../../../../workers/engine/tfjs/wasm/fused/index.js';
import { normal, onBothVariants, relativeError } from '../support.js';
import { activate, moments, normalise } from './reference/norm.js';
import { numericGradients } from './reference/numeric-gradient.js';

const activations: ActivationName[] = ['linear', 'relu', 'relu6', 'swish', 'sigmoid'];
const epsilon = 1e-3;

function params(channels: number, activation: ActivationName) {
  const vector = (seed: number, offset: number): tf.Tensor1D => tf.add(normal<tf.Rank.R1>([channels], seed), offset);
  const variable = (values: tf.Tensor1D) => tf.variable(values, false) as tf.Variable<tf.Rank.R1>;
  return {
    gamma: vector(11, 1),
    beta: vector(12, 0.5),
    movingMean: variable(vector(13, 0)),
    movingVariance: variable(tf.add(tf.square(vector(14, 0)), 0.5) as tf.Tensor1D),
    epsilon,
    momentum: 0.9,
    activation,
  };
}

onBothVariants(() => {
  const cases = activations.flatMap((activation) =>
    [1, 3, 5, 8, 17].map((channels) => [activation, channels] as const),
  );

  test.each(cases)(
    'batch norm with %s on %i channels: y, its gradients and the running statistics are within 1e-5',
    (activation, channels) => {
      const x = tf.add(tf.mul(normal<tf.Rank.R4>([3, 5, 3, channels], 1), 2), 1) as tf.Tensor4D;
      const dy = normal<tf.Rank.R4>([3, 5, 3, channels], 2);
      const p = params(channels, activation);
      const movingBefore = [p.movingMean.dataSync(), p.movingVariance.dataSync()] as const;
      const run = (...[a, gamma, beta]: tf.Tensor[]) =>
        wasmFused.batchNormActivation(
          a as tf.Tensor4D,
          { ...p, gamma: gamma as tf.Tensor1D, beta: beta as tf.Tensor1D },
          true,
        );
      const reference = (a: ArrayLike<number>, gamma: ArrayLike<number>, beta: ArrayLike<number>) => {
        const { mean, variance } = moments(a, channels);
        return normalise(a, gamma, beta, mean, variance, epsilon, activation);
      };
      const y = run(x, p.gamma, p.beta);
      const values = [x, p.gamma, p.beta].map((t) => t.dataSync()) as [Float32Array, Float32Array, Float32Array];
      expect(relativeError(y.dataSync(), reference(...values))).toBeLessThan(1e-5);

      const { mean, variance } = moments(values[0], channels);
      const unbiased = variance.map((v) => (v * 45) / 44);
      const moved = (old: ArrayLike<number>, value: Float64Array) =>
        value.map((v, c) => 0.9 * (old[c] as number) + 0.1 * v);
      expect(relativeError(p.movingMean.dataSync(), moved(movingBefore[0], mean))).toBeLessThan(1e-5);
      expect(relativeError(p.movingVariance.dataSync(), moved(movingBefore[1], unbiased))).toBeLessThan(1e-5);

      const gradients = tf.grads(run)([x, p.gamma, p.beta], dy);
      const expected = numericGradients(reference, values, dy.dataSync());
      gradients.forEach((gradient, i) => {
        expect(relativeError(gradient.dataSync(), expected[i] as Float64Array)).toBeLessThan(1e-5);
      });
      tf.dispose([p.movingMean, p.movingVariance]);
    },
  );

  test('outside of training batch norm uses the running statistics, leaves them alone, and is differentiable', () => {
    const x = normal<tf.Rank.R4>([2, 3, 3, 6], 1);
    const dy = normal<tf.Rank.R4>([2, 3, 3, 6], 2);
    const p = params(6, 'swish');
    const [mean, variance] = [p.movingMean.dataSync(), p.movingVariance.dataSync()];
    const run = (a: tf.Tensor) => wasmFused.batchNormActivation(a as tf.Tensor4D, p, false);
    const [gamma, beta] = [p.gamma.dataSync(), p.beta.dataSync()];
    const reference = (a: ArrayLike<number>) => normalise(a, gamma, beta, mean, variance, epsilon, 'swish');
    expect(relativeError(run(x).dataSync(), reference(x.dataSync()))).toBeLessThan(1e-5);
    const [expected] = numericGradients(reference, [x.dataSync()], dy.dataSync());
    expect(relativeError(tf.grad(run)(x, dy).dataSync(), expected as Float64Array)).toBeLessThan(1e-5);
    expect(p.movingMean.dataSync()).toEqual(mean);
    expect(p.movingVariance.dataSync()).toEqual(variance);
    tf.dispose([p.movingMean, p.movingVariance]);
  });

  test('the variance of values around 1000 is within 1e-5 of its value', () => {
    const x = tf.add(normal<tf.Rank.R4>([16, 25, 25, 4], 3), 1000) as tf.Tensor4D;
    const p = { ...params(4, 'linear'), momentum: 0 };
    wasmFused.batchNormActivation(x, p, true);
    const { variance } = moments(x.dataSync(), 4);
    const rows = 16 * 625;
    expect(
      relativeError(
        p.movingVariance.dataSync(),
        variance.map((v) => (v * rows) / (rows - 1)),
      ),
    ).toBeLessThan(1e-5);
    tf.dispose([p.movingMean, p.movingVariance]);
  });

  test.each(activations)('%s alone: value and gradient within 1e-5 from −90 to 90, NaN stays NaN', (activation) => {
    const values = Float32Array.from({ length: 3001 }, (_, i) => (i - 1500) * 0.06 + 0.001);
    const x = tf.tensor1d(values);
    const y = wasmFused.activation(x, activation).dataSync();
    const reference = (a: ArrayLike<number>) => Float64Array.from(a, (z) => activate(z, activation));
    expect(relativeError(y, reference(values))).toBeLessThan(1e-5);
    const ones = new Float32Array(values.length).fill(1);
    const gradient = tf
      .grad((a) => wasmFused.activation(a, activation))(x, tf.tensor1d(ones))
      .dataSync();
    const [expected] = numericGradients(reference, [values], ones) as [Float64Array];
    expect(relativeError(gradient, expected)).toBeLessThan(1e-5);
    const special = wasmFused.activation(tf.tensor1d([Number.NaN, 1, 0]), activation).dataSync();
    expect(special[0]).toBeNaN();
    expect(special[2]).toBe(activate(0, activation));
    const infinite = wasmFused.activation(tf.tensor1d([Number.POSITIVE_INFINITY]), activation).dataSync()[0];
    expect(infinite).toBe({ linear: Infinity, relu: Infinity, relu6: 6, swish: Infinity, sigmoid: 1 }[activation]);
  });

  test('a NaN in one channel reaches that channel alone', () => {
    const values = normal<tf.Rank.R4>([2, 2, 2, 5], 4).dataSync();
    values[7] = Number.NaN;
    const p = params(5, 'relu');
    const y = wasmFused.batchNormActivation(tf.tensor4d(values, [2, 2, 2, 5]), p, true).dataSync();
    expect([...y].map(Number.isNaN)).toEqual([...y].map((_, i) => i % 5 === 2));
    tf.dispose([p.movingMean, p.movingVariance]);
  });
});
