import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { expand } from '../../../../../search/network/graph.js';
import { recipeSchema } from '../../../../../search/plan/recipe.js';
import { loadEngine } from '../../../../../workers/engine/index.js';
import { Trainer } from '../../../../../workers/engine/tfjs/session/trainer.js';
import { HeapMeter } from '../../../../../workers/engine/tfjs/wasm/heap-meter.js';
import { runtimeOf } from '../../../../../workers/engine/tfjs/wasm/runtime.js';
import { train } from '../../../../../workers/training/train.js';
import { barsData } from '../../../../support/image-set.js';
import { smallNetwork } from '../../small-network.js';

it('after fifty trainings the engine holds what it held after one, within a tenth, and no tensor more', async () => {
  const engine = await loadEngine('wasm');
  const meter = HeapMeter.of(runtimeOf(tf.backend()).backend);
  const data = barsData(11, 24, 6);
  const recipe = recipeSchema.parse({ epochs: 1, batch: 8, emaDecay: 0.9 });
  const held = async (seed: number): Promise<{ bytes: number; tensors: number }> => {
    const trainer = new Trainer(engine, expand({ ...smallNetwork, classes: 3 }), recipe, seed);
    const outcome = await train(trainer, data);
    trainer.dispose();
    expect(outcome.state).toBe('completed');
    return { bytes: meter.heldBytes, tensors: tf.memory().numTensors };
  };
  const once = await held(1);
  let last = once;
  for (let seed = 2; seed <= 50; seed++) last = await held(seed);
  expect(last.tensors).toBe(once.tensors);
  expect(last.bytes).toBeLessThanOrEqual(once.bytes * 1.1);
});
