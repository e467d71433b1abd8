import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { expand } from '../../../../../search/network/graph.js';
import { recipeSchema } from '../../../../../search/plan/recipe.js';
import { plainSteps } from '../../../../../workers/engine/engine.js';
import { loadEngine } from '../../../../../workers/engine/index.js';
import { HeapMeter } from '../../../../../workers/engine/tfjs/wasm/heap-meter.js';
import { runtimeOf } from '../../../../../workers/engine/tfjs/wasm/runtime.js';
import { train } from '../../../../../workers/training/train.js';
import { barsData, barsNormalisation } from '../../../../support/image-set.js';
import { smallNetwork } from '../../small-network.js';

it('after fifty trainings the engine holds what it held after one, within a tenth, and no tensor more', async () => {
  const engine = await loadEngine('wasm');
  const meter = HeapMeter.of(runtimeOf(tf.backend()).backend);
  const data = barsData(11, 24, 6);
  const recipe = recipeSchema.parse({ epochs: 1, batch: 8, emaDecay: 0.9 });
  const held = async (seed: number): Promise<{ bytes: number; tensors: number }> => {
    const graph = expand({ ...smallNetwork, classes: 3 });
    const session = await engine.open({ graph, recipe, seed, stepPlan: plainSteps, normalisation: barsNormalisation });
    const outcome = await train(session, data);
    await session.close();
    expect(outcome.state).toBe('completed');
    return { bytes: meter.heldBytes, tensors: tf.memory().numTensors };
  };
  const once = await held(1);
  let last = once;
  for (let seed = 2; seed <= 50; seed++) last = await held(seed);
  expect(last.tensors).toBe(once.tensors);
  expect(last.bytes).toBeLessThanOrEqual(once.bytes * 1.1);
});
