import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { predictMemory } from '../../../search/cost/memory-model.js';
import { loadBackend } from '../../../workers/engine/tfjs/index.js';
import { buildModel } from '../../../workers/engine/tfjs/model/model.js';
import { lossAndGradients } from '../../../workers/engine/tfjs/session/gradients.js';
import { crossing } from '../../support/graphs.js';
import { normal } from './support.js';

const batch = 16;

/** Peak of one backward pass on wasm, whose heap is counted to the byte. */
async function measured(recompute: boolean): Promise<number> {
  const graph = crossing(64);
  const engine = await loadBackend('wasm');
  const model = buildModel(graph, engine, { seed: 1 });
  const images = normal<tf.Rank.R4>([batch, ...graph.input], 5);
  const labels = tf.tensor1d(new Array(batch).fill(1), 'int32');
  const step = (): void => {
    const forward = () =>
      engine.fused.softmaxCrossEntropy(model.forward(images, { training: true, recompute }), labels, 0);
    const { loss, gradients } = lossAndGradients(forward, model.trainable);
    tf.dispose([loss, gradients]);
  };
  step();
  engine.resetPeak();
  step();
  const peak = engine.peakBytes();
  tf.dispose([images, labels]);
  model.dispose();
  return peak;
}

it.each([false, true])(
  'a block that two others read: predicted over measured peak within 15 %, re-computed: %s',
  async (recompute) => {
    const options = { batch, optimizer: 'sgd', average: false, engine: 'wasm', recompute } as const;
    const predicted = predictMemory(crossing(64), options).peakBytes;
    const peak = await measured(recompute);
    expect(Math.abs(predicted / peak - 1)).toBeLessThan(0.15);
  },
);
