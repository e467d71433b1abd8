import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../../search/base/random.js';
import { type EngineName, engineNames } from '../../../search/cost/engine-memory.js';
import { expand } from '../../../search/network/graph.js';
import { type Recipe, recipeSchema } from '../../../search/plan/recipe.js';
import type { Batch } from '../../../workers/data/loader/batches.js';
import {
  type Engine,
  ForeignSnapshot,
  plainSteps,
  type Session,
  type StepPlan,
} from '../../../workers/engine/engine.js';
import { loadEngine } from '../../../workers/engine/index.js';
import { parameterSpecs } from '../../../workers/engine/parameters.js';
import { missing, tensorflow } from '../../support/parts.js';
import { smallNetwork } from './small-network.js';
import { buildTimeoutMs, tensorflowBuild } from './tfjs/tensorflow-build.js';

/** Engines that this process can load; webgpu needs an environment of its own (tfjs/webgpu.test.ts). */
const here = engineNames.filter((name) => name !== 'webgpu');
const graph = expand({ ...smallNetwork, regularisation: { dropout: 0.2, stochasticDepth: 0.3 } });
const normalisation = { mean: [0.5, 0.4, 0.3], std: [0.25, 0.3, 0.2] };
const recipe = recipeSchema.parse({ batch: 6, learningRate: 0.05, emaDecay: 0.9, weightDecay: 1e-4 });

/** Images, some of them mirrored and shifted beyond their edges. */
function batch(seed: number, count = 6, varied = true): Batch {
  const random = new Random(seed);
  const size = graph.input.reduce((product, side) => product * side, 1);
  return {
    shape: graph.input,
    pixels: Uint8Array.from({ length: count * size }, () => random.below(256)),
    labels: Int32Array.from({ length: count }, () => random.below(5)),
    count,
    variations: varied
      ? Int32Array.from({ length: 3 * count }, (_, i) => (i % 3 === 0 ? random.below(2) : random.below(5) - 2))
      : null,
  };
}

const opened: Session[] = [];
afterEach(async () => {
  for (const session of opened.splice(0)) await session.close();
});

async function open(
  engine: Engine,
  stepPlan: Partial<StepPlan> = {},
  own: Recipe = recipe,
  seed = 1,
): Promise<Session> {
  const session = await engine.open({
    graph,
    recipe: own,
    seed,
    stepPlan: { ...plainSteps, ...stepPlan },
    normalisation,
  });
  opened.push(session);
  return session;
}

async function lossesOf(session: Session, from = 0, steps = 3): Promise<number[]> {
  for (let step = from; step < from + steps; step++) await session.step(batch(step), step, 0.05);
  return [...(await session.losses())];
}

async function stateOf(session: Session): Promise<Map<string, Float32Array>> {
  const { tensors, read } = session.snapshot();
  const state = new Map<string, Float32Array>();
  for (const { name } of tensors) state.set(name, Float32Array.from(await read(name)));
  return state;
}

describe.each(here)('the engine %s', (name: EngineName) => {
  const skipped = name === 'tensorflow' && missing(tensorflow);
  describe.skipIf(skipped)('keeps the contract of an engine', { timeout: 180_000 }, () => {
    let engine: Engine;
    beforeAll(async () => {
      if (name === 'tensorflow') await tensorflowBuild();
      engine = await loadEngine(name);
    }, buildTimeoutMs);

    it.each(['sgd', 'rmsprop'] as const)(
      'three steps of %s have the losses of the reference, within 1e-4',
      async (optimizer) => {
        const own = { ...recipe, optimizer, learningRate: 0.01 };
        const losses = await lossesOf(await open(engine, {}, own));
        const reference = await lossesOf(await open(await loadEngine('cpu'), {}, own));
        await loadEngine(name);
        expect(losses).toHaveLength(3);
        losses.forEach((loss, i) => {
          expect(Math.abs(loss - (reference[i] as number))).toBeLessThan(1e-4);
        });
      },
    );

    it('the same session twice gives the same numbers to the last bit', async () => {
      const [first, second] = [await open(engine), await open(engine)];
      expect(await lossesOf(first)).toEqual(await lossesOf(second));
      expect(await stateOf(first)).toEqual(await stateOf(second));
    });

    it('losses are those since the last call', async () => {
      const session = await open(engine);
      expect(await session.losses()).toHaveLength(0);
      expect(await lossesOf(session, 0, 2)).toHaveLength(2);
      expect(await lossesOf(session, 2, 1)).toHaveLength(1);
    });

    it('a restored session continues to the last bit, and refuses the snapshot of another network', async () => {
      const session = await open(engine);
      await lossesOf(session);
      const { tensors } = session.snapshot();
      const state = await stateOf(session);
      const expected = await lossesOf(session, 3);
      const resumed = await open(engine, {}, recipe, 2);
      await resumed.restore(tensors, state);
      // Another seed drops other activations: the same one goes on.
      const again = await open(engine);
      await again.restore(tensors, state);
      expect(await lossesOf(again, 3)).toEqual(expected);
      const before = await stateOf(resumed);
      await expect(resumed.restore(tensors.slice(1), state)).rejects.toThrow(ForeignSnapshot);
      const more = [...tensors, { name: 'weights/nowhere/kernel', shape: [1] }];
      await expect(resumed.restore(more, state)).rejects.toThrow(ForeignSnapshot);
      expect(await stateOf(resumed)).toEqual(before);
    });

    it('a snapshot of the reference is continued with its losses, within 1e-4', async () => {
      const reference = await open(await loadEngine('cpu'));
      await lossesOf(reference);
      const { tensors } = reference.snapshot();
      const state = await stateOf(reference);
      const expected = await lossesOf(reference, 3);
      await loadEngine(name);
      const session = await open(engine);
      await session.restore(tensors, state);
      (await lossesOf(session, 3)).forEach((loss, i) => {
        expect(Math.abs(loss - (expected[i] as number))).toBeLessThan(1e-4);
      });
    });

    it('weights have the canonical names and sizes, and are what predicts', async () => {
      const session = await open(engine);
      await lossesOf(session);
      const weights = await session.weights();
      const specs = parameterSpecs(graph);
      expect([...weights.keys()].sort()).toEqual(specs.map((spec) => spec.name).sort());
      for (const { name: parameter, shape } of specs)
        expect(weights.get(parameter)).toHaveLength(shape.reduce((product, side) => product * side, 1));
      const averages = await stateOf(session);
      for (const [parameter, values] of weights) expect(values).toEqual(averages.get(`average/${parameter}`));
    });

    it('predicts whole and smaller batches alike, one row of logits an image', async () => {
      const session = await open(engine);
      await lossesOf(session);
      const all = batch(9, 6, false);
      const logits = Float32Array.from(await session.predict(all));
      expect(logits).toHaveLength(6 * 5);
      const size = graph.input.reduce((product, side) => product * side, 1);
      const last = { ...all, pixels: all.pixels.subarray(4 * size), labels: all.labels.subarray(4), count: 2 };
      (await session.predict(last)).forEach((logit, i) => {
        expect(Math.abs(logit - (logits[20 + i] as number))).toBeLessThan(1e-4);
      });
    });

    it('re-computation leaves the losses as they are, within 1e-6', async () => {
      const plain = await lossesOf(await open(engine));
      (await lossesOf(await open(engine, { recompute: true }))).forEach((loss, i) => {
        expect(Math.abs(loss - (plain[i] as number))).toBeLessThan(1e-6);
      });
    });

    it('micro-batches train, to other numbers than whole batches', async () => {
      const losses = await lossesOf(await open(engine, { microBatches: 2 }));
      expect(losses.every(Number.isFinite)).toBe(true);
      expect(losses).not.toEqual(await lossesOf(await open(engine)));
    });

    it('reports a peak of at least the weights, from the reset on', async () => {
      const session = await open(engine);
      await session.resetPeak();
      await lossesOf(session, 0, 1);
      expect(await session.peakBytes()).toBeGreaterThan(4 * session.trainableParams);
    });

    it('leaves no tensor behind', async () => {
      const before = tf.memory().numTensors;
      const session = await open(engine);
      await lossesOf(session);
      await session.predict(batch(1));
      await session.close();
      opened.splice(0);
      expect(tf.memory().numTensors).toBe(before);
    });
  });
});
