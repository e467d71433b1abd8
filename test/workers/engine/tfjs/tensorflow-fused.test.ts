import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ActivationName } from '../../../../search/network/layers/index.js';
import type { Backend, FusedOps, OptimizerStep } from '../../../../workers/engine/tfjs/backend.js';
import { loadBackend } from '../../../../workers/engine/tfjs/index.js';
import { plainFused } from '../../../../workers/engine/tfjs/plain.js';
import { missing, tensorflow } from '../../../support/parts.js';
import { normal, relativeError } from '../support.js';
import { buildTimeoutMs, tensorflowBuild } from './tensorflow-build.js';

const absent = missing(tensorflow);
const activations: ActivationName[] = ['linear', 'relu', 'relu6', 'swish', 'sigmoid'];

describe.skipIf(absent)('operations fused by TensorFlow’s kernels', () => {
  let engine: Backend;
  let before = 0;

  beforeAll(async () => {
    engine = await load();
  }, buildTimeoutMs);
  beforeEach(() => {
    before = tf.memory().numTensors;
    tf.engine().startScope();
  });
  afterEach(() => {
    tf.engine().endScope();
    expect(tf.memory().numTensors - before).toBe(0);
  });

  it.each(activations)('%s: value and gradient to 1e-5 of the plain composition', (name) => {
    const x = tf.mul(normal([2, 3, 5, 7], 1), 4);
    const run = (ops: FusedOps) => differentiate((input) => ops.activation(input, name), [x]);
    expectEqual(run(engine.fused), run(plainFused));
  });

  describe.each([true, false])('batch norm, training %s', (training) => {
    it.each(activations)(
      'with %s: value, gradients and running statistics to 1e-5 of the plain composition',
      (activation) => {
        const x = tf.add(tf.mul(normal([3, 5, 7, 6], 1), 2), 0.5);
        const [gamma, beta] = [tf.add(normal([6], 2), 1), normal([6], 3)];
        const run = (ops: FusedOps) => {
          const movingMean = tf.variable(normal<tf.Rank.R1>([6], 4), false);
          const movingVariance = tf.variable(tf.abs(normal<tf.Rank.R1>([6], 5)), false);
          const normalise = (...[image, g, b]: tf.Tensor[]) => {
            const p = { gamma: g as tf.Tensor1D, beta: b as tf.Tensor1D, epsilon: 1e-3, momentum: 0.9, activation };
            return ops.batchNormActivation(image as tf.Tensor4D, { ...p, movingMean, movingVariance }, training);
          };
          const results = differentiate(normalise, [x, gamma, beta]);
          const statistics = [movingMean, movingVariance].map((variable) => variable.dataSync() as Float32Array);
          tf.dispose([movingMean, movingVariance]);
          return [...results, ...statistics];
        };
        expectEqual(run(engine.fused), run(plainFused));
      },
    );
  });

  it.each(['relu', 'swish', 'linear'] as const)(
    'squeeze-and-excite with %s: value and gradients to 1e-5',
    (activation) => {
      const inputs = [normal([3, 5, 7, 6], 1), normal([6, 2], 2), normal([2], 3), normal([2, 6], 4), normal([6], 5)];
      const run = (ops: FusedOps) =>
        differentiate((...[x, w1, b1, w2, b2]: tf.Tensor[]) => {
          const dense = { w1, b1, w2, b2 } as { w1: tf.Tensor2D; b1: tf.Tensor1D; w2: tf.Tensor2D; b2: tf.Tensor1D };
          return ops.squeezeExcite(x as tf.Tensor4D, { ...dense, activation });
        }, inputs);
      expectEqual(run(engine.fused), run(plainFused));
    },
  );

  it.each([0, 0.1])('soft-max cross-entropy with smoothing %d: value and gradient to 1e-5', (smoothing) => {
    const labels = tf.tensor1d([0, 4, 2, 2, 1, 3, 0], 'int32');
    const logits = tf.mul(normal([7, 5], 1), 3);
    const run = (ops: FusedOps) =>
      differentiate((x) => ops.softmaxCrossEntropy(x as tf.Tensor2D, labels, smoothing), [logits]);
    expectEqual(run(engine.fused), run(plainFused));
  });
});

describe.skipIf(absent)('the optimiser step by TensorFlow’s kernels', () => {
  let engine: Backend;

  beforeAll(async () => {
    engine = await load();
  }, buildTimeoutMs);

  /** The variable and its slots after three steps, the third from a value that was assigned as a checkpoint's is. */
  function threeSteps(ops: FusedOps, kind: OptimizerStep['kind']): Float32Array[] {
    return tf.tidy(() => {
      const slots = [normal([5, 3], 1), tf.zeros([5, 3]), tf.ones([5, 3]), normal([5, 3], 2)].map((t) =>
        tf.variable(t, false),
      );
      const [variable, velocity, meanSquare, average] = slots as [tf.Variable, tf.Variable, tf.Variable, tf.Variable];
      for (let i = 0; i < 3; i++) {
        if (i === 2) variable.assign(normal([5, 3], 7));
        ops.optimizerStep({
          ...{ kind, variable, velocity, average, gradient: normal([5, 3], 10 + i), averageDecay: 0.9 },
          ...(kind === 'rmsprop' && { meanSquare }),
          ...{ learningRate: 0.1 / (i + 1), momentum: 0.9, weightDecay: i === 1 ? 0 : 1e-2 },
        });
      }
      const values = slots.map((slot) => slot.dataSync() as Float32Array);
      tf.dispose(slots);
      return values;
    });
  }

  it.each(['sgd', 'rmsprop'] as const)('%s, to 1e-6 of the plain composition', (kind) => {
    expectEqual(threeSteps(engine.fused, kind), threeSteps(plainFused, kind), 1e-6);
  });

  it('gives back what it held for variables that are disposed of', () => {
    threeSteps(engine.fused, 'sgd');
    const held = tf.memory().numTensors;
    for (let i = 0; i < 5; i++) threeSteps(engine.fused, 'sgd');
    expect(tf.memory().numTensors).toBe(held);
  });

  it('refuses an rmsprop step without its slot and an average without its decay', () => {
    const variable = tf.variable(tf.zeros([2]), false);
    const step = { variable, velocity: variable, gradient: variable, learningRate: 0.1, momentum: 0.9, weightDecay: 0 };
    expect(() => engine.fused.optimizerStep({ ...step, kind: 'rmsprop' })).toThrow('meanSquare');
    expect(() => engine.fused.optimizerStep({ ...step, kind: 'sgd', average: variable })).toThrow('decay');
    variable.dispose();
  });
});

async function load(): Promise<Backend> {
  await tensorflowBuild();
  return loadBackend('tensorflow');
}

/** Value, gradients with regard to every input and what else `run` gives, of one form of the operations. */
function differentiate(run: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[]): Float32Array[] {
  const { value, grads } = tf.valueAndGrads(run)(inputs, normal(run(...inputs).shape, 99));
  return [value, ...grads].map((tensor) => tensor.dataSync() as Float32Array);
}

function expectEqual(measured: Float32Array[], reference: Float32Array[], bound = 1e-5): void {
  expect(measured.length).toBe(reference.length);
  reference.forEach((values, i) => {
    expect(relativeError(measured[i] as Float32Array, values)).toBeLessThan(bound);
  });
}
