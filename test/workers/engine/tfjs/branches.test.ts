import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { expand } from '../../../../search/network/graph.js';
import type { Layer, LayerGraph } from '../../../../search/network/layers/index.js';
import type { Backend } from '../../../../workers/engine/tfjs/backend.js';
import { loadBackend } from '../../../../workers/engine/tfjs/index.js';
import { buildModel, type Model } from '../../../../workers/engine/tfjs/model/model.js';
import { lossAndGradients } from '../../../../workers/engine/tfjs/session/gradients.js';
import { denseNetwork, inceptionNetwork } from '../../../support/graphs.js';
import { normal } from '../support.js';

/** Networks whose blocks have branches side by side, which are concatenated. */
const networks = [inceptionNetwork, denseNetwork].map((network) => [network.name, expand(network)] as const);
const batch = 6;

let engine: Backend;
let model: Model;
let images: tf.Tensor4D;
let labels: tf.Tensor1D;
afterEach(() => {
  tf.dispose([images, labels]);
  model.dispose();
});

async function prepare(name: 'wasm' | 'cpu', graph: LayerGraph): Promise<void> {
  engine = await loadBackend(name);
  model = buildModel(graph, engine, { seed: 1 });
  images = normal<tf.Rank.R4>([batch, ...graph.input], 5);
  labels = tf.tensor1d([0, 1, 2, 3, 4, 5], 'int32');
}

const loss =
  (recompute = false) =>
  (): tf.Scalar =>
    engine.fused.softmaxCrossEntropy(model.forward(images, { training: true, recompute }), labels, 0);

/** Loss and gradients as numbers. */
function gradients(recompute = false): { value: number; all: Float32Array[] } {
  const { loss: value, gradients: all } = lossAndGradients(loss(recompute), model.trainable);
  const numbers = { value: value.dataSync()[0] as number, all: all.map((one) => one.dataSync() as Float32Array) };
  tf.dispose([value, all]);
  return numbers;
}

describe.each(networks)('a network of %s blocks', (_, graph) => {
  // The reference engine takes a second for a step of these.
  it.each([
    ['wasm', 12, 0.5],
    ['cpu', 3, 1],
  ] as const)(
    'trains on %s: every gradient is finite, and after %i steps the loss is below %d of the first',
    async (...of) => {
      const [name, steps, share] = of;
      await prepare(name, graph);
      const losses: number[] = [];
      for (let step = 0; step < steps; step++) {
        const { value, all } = gradients();
        losses.push(value);
        expect(all.every((values) => values.every(Number.isFinite))).toBe(true);
        expect(all.every((values) => values.some((one) => one !== 0))).toBe(true);
        model.trainable.forEach((variable, i) => {
          const step = tf.tidy(() => tf.mul(tf.tensor(all[i] as Float32Array, variable.shape), 0.3));
          tf.tidy(() => variable.assign(tf.sub(variable, step)));
          step.dispose();
        });
      }
      expect(losses.every(Number.isFinite)).toBe(true);
      expect(losses.at(-1)).toBeLessThan(share * (losses[0] as number));
    },
  );

  it('has the same gradients on both engines, to 1e-3 of the largest', async () => {
    await prepare('cpu', graph);
    const expected = gradients();
    afterOne();
    await prepare('wasm', graph);
    const found = gradients();
    expect(Math.abs(found.value - expected.value)).toBeLessThan(1e-4);
    const largest = Math.max(...expected.all.map((values) => Math.max(...values.map(Math.abs))));
    found.all.forEach((values, i) => {
      const furthest = Math.max(...values.map((value, k) => Math.abs(value - (expected.all[i]?.[k] as number))));
      expect(furthest, model.trainable[i]?.shape.join('×')).toBeLessThan(1e-3 * largest);
    });
  });

  it('has gradients that agree with finite differences, relative error < 1e-2', async () => {
    await prepare('wasm', smooth(graph));
    const { all } = gradients();
    const at = (): number => tf.tidy(() => loss()().dataSync()[0] as number);
    let checked = 0;
    model.trainable.forEach((variable, i) => {
      const start = variable.dataSync().slice();
      const gradient = all[i] as Float32Array;
      const norm = Math.hypot(...gradient);
      if (norm < 1e-2) return;
      checked++;
      // Along the gradient itself the slope is its norm.
      const h = Math.min(5e-3, Math.max(2e-4, 5e-4 / norm));
      const along = (factor: number): number => {
        const moved = start.map((w, k) => w + (factor * h * (gradient[k] as number)) / norm);
        tf.tidy(() => variable.assign(tf.tensor(moved, variable.shape)));
        return at();
      };
      const slope = (8 * (along(4) - along(-4)) - (along(8) - along(-8))) / (48 * h);
      tf.tidy(() => variable.assign(tf.tensor(start, variable.shape)));
      expect(Math.abs(slope / norm - 1), `${variable.shape}`).toBeLessThan(1e-2);
    });
    expect(checked).toBeGreaterThan(model.trainable.length / 2);
  });

  it('has the same gradients with blocks computed twice, to the last bit, and leaves no tensor behind', async () => {
    await prepare('wasm', graph);
    const before = tf.memory().numTensors;
    const plain = gradients();
    const again = gradients(true);
    expect(tf.memory().numTensors).toBe(before);
    expect(again).toEqual(plain);
  });
});

function afterOne(): void {
  tf.dispose([images, labels]);
  model.dispose();
}

/** The graph with swish for whatever has a kink, where a finite difference is no derivative. */
function smooth(graph: LayerGraph): LayerGraph {
  const layers = graph.layers.map((layer): Layer => {
    if (layer.op === 'activation') return { ...layer, activation: 'swish' };
    return layer.op === 'maxPool' ? { ...layer, op: 'averagePool', countPadding: false } : layer;
  });
  return { ...graph, layers };
}
