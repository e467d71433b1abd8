import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { Random } from '../../../../../search/base/random.js';
import type { Layer, LayerGraph } from '../../../../../search/network/layers/index.js';
import type { Backend, TfjsName } from '../../../../../workers/engine/tfjs/backend.js';
import { loadBackend } from '../../../../../workers/engine/tfjs/index.js';
import { buildModel, type Model } from '../../../../../workers/engine/tfjs/model/model.js';
import { lossAndGradients } from '../../../../../workers/engine/tfjs/session/gradients.js';
import { everyOperation, smallGraph } from '../../../../support/graphs.js';

let engine: Backend;
let model: Model;
let images: tf.Tensor4D;
let labels: tf.Tensor1D;
afterEach(() => {
  tf.dispose([images, labels]);
  model.dispose();
});

async function prepare(name: TfjsName, graph = everyOperation()): Promise<tf.Variable[]> {
  engine = await loadBackend(name);
  const [height, width, channels] = graph.input;
  const random = new Random(5);
  const values = Float32Array.from({ length: 2 * height * width * channels }, () => random.normal());
  model = buildModel(graph, engine, { seed: 1 });
  images = tf.tensor4d(values, [2, height, width, channels]);
  labels = tf.tensor1d([1, 3], 'int32');
  return model.parameters
    .filter(({ trainable }) => trainable)
    .map(({ name }) => model.weights.get(name) as tf.Variable);
}

const loss = (): tf.Scalar =>
  engine.fused.softmaxCrossEntropy(model.forward(images, { training: true, dropSeed: 1 }), labels, 0.1);

describe('lossAndGradients', () => {
  it('gives what tf.variableGrads gives, to the last bit, and leaves only the results behind', async () => {
    const variables = await prepare('cpu');
    const reference = tf.variableGrads(loss, variables);
    const before = tf.memory().numTensors;
    const { loss: value, gradients } = lossAndGradients(loss, variables);
    expect(tf.memory().numTensors).toBe(before + 1 + variables.length);
    expect(value.dataSync()).toEqual(reference.value.dataSync());
    variables.forEach((variable, i) => {
      expect(gradients[i]?.dataSync()).toEqual(reference.grads[variable.name]?.dataSync());
    });
    tf.dispose([value, gradients as tf.Tensor[], reference.value, Object.values(reference.grads)]);
  });

  it('needs less than 60 % of the memory', async () => {
    const variables = await prepare('cpu', smallGraph('mbconv-tiny', 16, 1));
    const plain = peakOf(() => {
      const { value, grads } = tf.variableGrads(loss, variables);
      tf.dispose([value, Object.values(grads)]);
    });
    const early = peakOf(() => {
      const { loss: value, gradients } = lossAndGradients(loss, variables);
      tf.dispose([value, gradients as tf.Tensor[]]);
    });
    const weights = 4 * model.trainableParams;
    expect(early - weights).toBeLessThan(0.6 * (plain - weights));
  });

  it('agrees with finite differences on every smooth operation, relative error < 2e-3', async () => {
    // Not on cpu: TensorFlow.js's own gradient of average pooling with padding is wrong there.
    const variables = await prepare('wasm', smooth(everyOperation()));
    const { loss: value, gradients } = lossAndGradients(loss, variables);
    const at = (): number => tf.tidy(() => loss().dataSync()[0] as number);
    variables.forEach((variable, i) => {
      const start = variable.dataSync().slice();
      const gradient = (gradients[i] as tf.Tensor).dataSync();
      const norm = Math.hypot(...gradient);
      if (norm < 1e-3) return;
      // Along the gradient itself the slope is its norm.
      // Large enough against the rounding of the loss, small enough against curvature.
      const h = Math.min(5e-3, Math.max(2e-4, 5e-4 / norm));
      const along = (factor: number): number => {
        const moved = start.map((w, k) => w + (factor * h * (gradient[k] as number)) / norm);
        tf.tidy(() => variable.assign(tf.tensor(moved, variable.shape)));
        return at();
      };
      const slope = (8 * (along(4) - along(-4)) - (along(8) - along(-8))) / (48 * h);
      tf.tidy(() => variable.assign(tf.tensor(start, variable.shape)));
      expect(Math.abs(slope / norm - 1), `${variable.shape}`).toBeLessThan(2e-3);
    });
    tf.dispose([value, gradients as tf.Tensor[]]);
  });

  it('refuses a variable that the loss does not depend on', async () => {
    const variables = await prepare('wasm');
    const other = tf.tidy(() => tf.variable(tf.scalar(1)));
    const attempt = () => tf.tidy(() => lossAndGradients(loss, [...variables, other]));
    expect(attempt).toThrow(/gradient|depend/i);
    other.dispose();
  });
});

/** The graph with something smooth for whatever has a kink, where a finite difference is no derivative. */
function smooth(graph: LayerGraph): LayerGraph {
  const layers = graph.layers.map((layer): Layer => {
    if (layer.op === 'activation') return { ...layer, activation: 'swish' };
    return layer.op === 'maxPool' ? { ...layer, op: 'averagePool', countPadding: false } : layer;
  });
  return { ...graph, layers };
}

/** Most bytes of tensors at a time while `run` runs, beyond those that were there before. */
function peakOf(run: () => void): number {
  const { state } = tf.engine();
  let bytes = state.numBytes;
  const base = bytes;
  let peak = bytes;
  Object.defineProperty(state, 'numBytes', {
    configurable: true,
    get: () => bytes,
    set: (value: number) => {
      bytes = value;
      peak = Math.max(peak, value);
    },
  });
  run();
  Object.defineProperty(state, 'numBytes', { configurable: true, writable: true, value: bytes });
  return peak - base;
}
