import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import type { ActivationName } from '../../../../search/network/layers/index.js';
import type { BatchNormParams } from '../../../../workers/engine/tfjs/backend.js';
import { wasmFused } from '../../../../workers/engine/tfjs/wasm/fused/index.js';
import { normal, onBothVariants, relativeError } from '../support.js';
import { convolution, depthwise } from './reference/convolution.js';
import { moments, normalise } from './reference/norm.js';
import { numericGradients } from './reference/numeric-gradient.js';
import { squeezeExcite } from './reference/squeeze-excite.js';
import { type Geometry, resolve } from './reference/window.js';

const epsilon = 1e-3;
type Values = ArrayLike<number>;

function normOf(gamma: tf.Tensor, beta: tf.Tensor, activation: ActivationName): BatchNormParams {
  const channels = gamma.size;
  return {
    gamma: gamma as tf.Tensor1D,
    beta: beta as tf.Tensor1D,
    movingMean: tf.variable(tf.zeros([channels]), false) as tf.Variable<tf.Rank.R1>,
    movingVariance: tf.variable(tf.ones([channels]), false) as tf.Variable<tf.Rank.R1>,
    epsilon,
    momentum: 0.9,
    activation,
  };
}

/** Batch norm with the statistics of x, in double precision. */
function batchNorm(x: Values, gamma: Values, beta: Values, activation: ActivationName): Float64Array {
  const { mean, variance } = moments(x, gamma.length);
  return normalise(x, gamma, beta, mean, variance, epsilon, activation);
}

/** Compares an operation and its gradients with a function in double precision and its finite differences. */
function compare(
  run: (...inputs: tf.Tensor[]) => tf.Tensor,
  reference: (...inputs: readonly Values[]) => Values,
  inputs: tf.Tensor[],
): void {
  const y = run(...inputs);
  const dy = normal(y.shape, 99);
  const values = inputs.map((t) => t.dataSync() as Float32Array);
  expect(relativeError(y.dataSync(), reference(...values))).toBeLessThan(1e-5);
  const expected = numericGradients(reference, values, dy.dataSync());
  const gradients = tf.grads(run)(inputs, dy);
  gradients.forEach((gradient, i) => {
    expect(relativeError(gradient.dataSync(), expected[i] as Float64Array)).toBeLessThan(1e-5);
  });
}

const geometry = (channels: number, kernel: number, stride: number): Geometry => ({
  batch: 3,
  height: 5,
  width: 6,
  channels,
  kernel: [kernel, kernel],
  stride,
  dilation: 1,
  padding: 'same',
});

onBothVariants(() => {
  test.each([
    [1, 1, 'swish'],
    [5, 3, 'relu6'],
    [8, 2, 'swish'],
  ] as const)(
    'squeeze-and-excite of %i channels by %i with %s: y and all gradients within 1e-5',
    (channels, squeezed, activation) => {
      const inputs = [
        normal([2, 3, 4, channels], 1),
        normal([channels, squeezed], 2),
        normal([squeezed], 3),
        normal([squeezed, channels], 4),
        normal([channels], 5),
      ];
      compare(
        (x, w1, b1, w2, b2) =>
          wasmFused.squeezeExcite(x as tf.Tensor4D, {
            w1: w1 as tf.Tensor2D,
            b1: b1 as tf.Tensor1D,
            w2: w2 as tf.Tensor2D,
            b2: b2 as tf.Tensor1D,
            activation,
          }),
        (x, w1, b1, w2, b2) =>
          squeezeExcite(x as Values, 12, w1 as Values, b1 as Values, w2 as Values, b2 as Values, activation),
        inputs,
      );
    },
  );

  test.each([
    [3, 7, 3, 2, 'swish'],
    [5, 4, 1, 1, 'linear'],
    [2, 9, 3, 1, 'relu6'],
    [4, 8, 5, 2, 'linear'],
  ] as const)(
    'convolution %i → %i, kernel %i, stride %i, batch norm, %s: y and all gradients within 1e-5',
    (channels, filters, kernel, stride, activation) => {
      const g = geometry(channels, kernel, stride);
      const inputs = [
        normal([g.batch, g.height, g.width, channels], 1),
        normal([kernel, kernel, channels, filters], 2),
        tf.add(normal([filters], 3), 1),
        normal([filters], 4),
      ];
      const { outHeight, outWidth } = resolve(g);
      const none = new Float64Array(g.batch * outHeight * outWidth * filters);
      compare(
        (x, filter, gamma, beta) => {
          const norm = normOf(gamma as tf.Tensor, beta as tf.Tensor, activation);
          const y = wasmFused.convBatchNorm?.(x as tf.Tensor4D, {
            filter: filter as tf.Tensor4D,
            stride,
            padding: 'same',
            norm,
            inputGradient: true,
          });
          tf.dispose([norm.movingMean, norm.movingVariance]);
          return y as tf.Tensor;
        },
        (x, filter, gamma, beta) => {
          const { y } = convolution(g, filters, x as Values, filter as Values, none);
          return batchNorm(y, gamma as Values, beta as Values, activation);
        },
        inputs,
      );
    },
  );

  test.each([
    [true, true, 3, 1, 'swish'],
    [true, false, 5, 2, 'relu6'],
    [false, true, 3, 2, 'swish'],
    [false, false, 3, 1, 'relu6'],
  ] as const)(
    'inverted bottleneck (expansion %s, squeeze-and-excite %s, kernel %i, stride %i, %s): y and all gradients within 1e-5',
    (expands, squeezes, kernel, stride, activation) => {
      const inChannels = 3;
      const channels = expands ? 7 : inChannels;
      const [squeezed, filters] = [2, 5];
      const outer = { ...geometry(inChannels, 1, 1), batch: 2 };
      const middle = { ...geometry(channels, kernel, stride), batch: 2 };
      const { outHeight, outWidth } = resolve(middle);
      const inner = { ...outer, channels, height: outHeight, width: outWidth };
      const named: Record<string, tf.Tensor> = {
        x: normal([2, outer.height, outer.width, inChannels], 1),
        ...(expands && {
          expand: normal([1, 1, inChannels, channels], 2),
          gamma1: tf.add(normal([channels], 3), 1),
          beta1: normal([channels], 4),
        }),
        depthwise: normal([kernel, kernel, channels, 1], 5),
        gamma2: tf.add(normal([channels], 6), 1),
        beta2: normal([channels], 7),
        ...(squeezes && {
          w1: normal([channels, squeezed], 8),
          b1: normal([squeezed], 9),
          w2: normal([squeezed, channels], 10),
          b2: normal([channels], 11),
        }),
        project: normal([1, 1, channels, filters], 12),
        gamma3: tf.add(normal([filters], 13), 1),
        beta3: normal([filters], 14),
      };
      const names = Object.keys(named);
      const byName = <T>(values: readonly T[]) => Object.fromEntries(names.map((name, i) => [name, values[i] as T]));
      compare(
        (...tensors) => {
          const t = byName(tensors) as Record<string, tf.Tensor>;
          const norms = [1, 2, 3].map((i) =>
            t[`gamma${i}`]
              ? normOf(t[`gamma${i}`] as tf.Tensor, t[`beta${i}`] as tf.Tensor, i === 3 ? 'linear' : activation)
              : null,
          ) as [BatchNormParams, BatchNormParams, BatchNormParams];
          const y = wasmFused.invertedBottleneck?.(t.x as tf.Tensor4D, {
            ...(expands && { expand: { filter: t.expand as tf.Tensor4D, norm: norms[0] } }),
            depthwise: { filter: t.depthwise as tf.Tensor4D, stride, padding: 'same', norm: norms[1] },
            ...(squeezes && {
              squeezeExcite: {
                w1: t.w1 as tf.Tensor2D,
                b1: t.b1 as tf.Tensor1D,
                w2: t.w2 as tf.Tensor2D,
                b2: t.b2 as tf.Tensor1D,
                activation,
              },
            }),
            project: { filter: t.project as tf.Tensor4D, norm: norms[2] },
          });
          for (const norm of norms) if (norm) tf.dispose([norm.movingMean, norm.movingVariance]);
          return y as tf.Tensor;
        },
        (...values) => {
          const v = byName(values) as Record<string, Values>;
          const zeros = (g: Geometry, n: number) => {
            const size = resolve(g);
            return new Float64Array(g.batch * size.outHeight * size.outWidth * n);
          };
          let a: Values = v.x as Values;
          if (expands) {
            const { y } = convolution(outer, channels, a, v.expand as Values, zeros(outer, channels));
            a = batchNorm(y, v.gamma1 as Values, v.beta1 as Values, activation);
          }
          const filtered = depthwise(middle, 1, a, v.depthwise as Values, zeros(middle, channels)).y;
          let b: Values = batchNorm(filtered, v.gamma2 as Values, v.beta2 as Values, activation);
          if (squeezes) {
            const [w1, b1, w2, b2] = [v.w1, v.b1, v.w2, v.b2] as [Values, Values, Values, Values];
            b = squeezeExcite(b, outHeight * outWidth, w1, b1, w2, b2, activation);
          }
          const { y } = convolution(inner, filters, b, v.project as Values, zeros(inner, filters));
          return batchNorm(y, v.gamma3 as Values, v.beta3 as Values, 'linear');
        },
        Object.values(named),
      );
    },
  );

  test.each([0, 0.1])(
    'soft-max cross-entropy with smoothing %d: loss and gradient within 1e-5, also for logits of 1000',
    (smoothing) => {
      const labels = [0, 2, 4, 1, 2, 3];
      const loss = (logits: Values): Float64Array => {
        let total = 0;
        labels.forEach((label, row) => {
          const z = Array.from({ length: 5 }, (_, k) => logits[row * 5 + k] as number);
          const top = Math.max(...z);
          const logSum = top + Math.log(z.reduce((sum, one) => sum + Math.exp(one - top), 0));
          z.forEach((one, k) => {
            total -= ((k === label ? 1 - smoothing : 0) + smoothing / 5) * (one - logSum);
          });
        });
        return Float64Array.of(total / labels.length);
      };
      for (const type of ['int32', 'float32'] as const) {
        const truth = tf.tensor1d(labels, type);
        const run = (z: tf.Tensor) => wasmFused.softmaxCrossEntropy(z as tf.Tensor2D, truth, smoothing);
        compare(run as (...inputs: tf.Tensor[]) => tf.Tensor, loss as (...inputs: readonly Values[]) => Values, [
          normal([6, 5], 1),
        ]);
        const large = tf.mul(normal([6, 5], 2), 1000);
        expect(relativeError(run(large).dataSync(), loss(large.dataSync()))).toBeLessThan(1e-5);
      }
    },
  );

  test.each(['sgd', 'rmsprop'] as const)(
    'three %s steps on 1 to 9 numbers follow the formula within 1e-5 and leave a clone alone',
    (kind) => {
      for (const size of [1, 3, 4, 9]) {
        const [w, v, s, a] = [1, 2, 3, 4].map((seed) => tf.variable(tf.abs(normal([size], seed)))) as [
          tf.Variable,
          tf.Variable,
          tf.Variable,
          tf.Variable,
        ];
        const expected = [w, v, s, a].map((one) => Float64Array.from(one.dataSync())) as [
          Float64Array,
          Float64Array,
          Float64Array,
          Float64Array,
        ];
        const gradient = normal([size], 5);
        const snapshot = w.clone();
        const before = Float32Array.from(snapshot.dataSync());
        const [rate, momentum, decay, rho, small, keep] = [0.05, 0.9, 1e-2, 0.8, 1e-3, 0.99];
        for (let step = 0; step < 3; step++) {
          wasmFused.optimizerStep({
            kind,
            variable: w,
            gradient,
            velocity: v,
            meanSquare: s,
            average: a,
            averageDecay: keep,
            learningRate: rate,
            momentum,
            weightDecay: decay,
            decay: rho,
            epsilon: small,
          });
          const [ew, ev, es, ea] = expected;
          gradient.dataSync().forEach((raw, i) => {
            const g = raw + decay * (ew[i] as number);
            if (kind === 'sgd') {
              ev[i] = momentum * (ev[i] as number) + g;
              ew[i] = (ew[i] as number) - rate * (ev[i] as number);
            } else {
              es[i] = rho * (es[i] as number) + (1 - rho) * g * g;
              ev[i] = momentum * (ev[i] as number) + (rate * g) / Math.sqrt((es[i] as number) + small);
              ew[i] = (ew[i] as number) - (ev[i] as number);
            }
            ea[i] = keep * (ea[i] as number) + (1 - keep) * (ew[i] as number);
          });
        }
        [w, v, a].forEach((one, i) => {
          const index = [0, 1, 3][i] as number;
          expect(relativeError(one.dataSync(), expected[index] as Float64Array)).toBeLessThan(1e-5);
        });
        if (kind === 'rmsprop') expect(relativeError(s.dataSync(), expected[2])).toBeLessThan(1e-5);
        expect(snapshot.dataSync()).toEqual(before);
        tf.dispose([w, v, s, a]);
      }
    },
  );
});
