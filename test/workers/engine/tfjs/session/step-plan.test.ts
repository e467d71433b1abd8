import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { parse } from '../../../../../search/base/parse.js';
import { Random } from '../../../../../search/base/random.js';
import { expand } from '../../../../../search/network/graph.js';
import { GraphBuilder } from '../../../../../search/network/graph-builder.js';
import type { LayerGraph } from '../../../../../search/network/layers/index.js';
import { type Recipe, recipeSchema } from '../../../../../search/plan/recipe.js';
import { splitEvenly } from '../../../../../workers/engine/batch-parts.js';
import { plainSteps, type StepPlan } from '../../../../../workers/engine/engine.js';
import type { TfjsName } from '../../../../../workers/engine/tfjs/backend.js';
import { loadBackend } from '../../../../../workers/engine/tfjs/index.js';
import type { Images } from '../../../../../workers/engine/tfjs/session/images.js';
import type { ShardPool } from '../../../../../workers/engine/tfjs/session/shards/pool.js';
import { Trainer } from '../../../../../workers/engine/tfjs/session/trainer.js';
import { smallGraph } from '../../../../support/graphs.js';
import { smallNetwork } from '../../small-network.js';

const recipe: Recipe = parse(recipeSchema, { batch: 7, learningRate: 0.1, emaDecay: 0.9 }, 'recipe');
const opened: Trainer[] = [];

afterEach(() => {
  for (const trainer of opened.splice(0)) trainer.dispose();
});

async function open(stepPlan: Partial<StepPlan>, graph = expand(smallNetwork), own = recipe): Promise<Trainer> {
  const trainer = await Trainer.open(await loadBackend('wasm'), graph, own, 1, { ...plainSteps, ...stepPlan });
  opened.push(trainer);
  return trainer;
}

function images(graph: LayerGraph, count: number, seed = 1): Images {
  const random = new Random(seed);
  const size = graph.input.reduce((product, side) => product * side, 1);
  return {
    pixels: Float32Array.from({ length: count * size }, () => random.normal()),
    labels: Int32Array.from({ length: count }, () => random.below(5)),
    count,
  };
}

async function lossOf(trainer: Trainer, batch: Images, step: number): Promise<number> {
  const loss = await trainer.step(batch, step, 0.1);
  const [value = Number.NaN] = await loss.data();
  loss.dispose();
  return value;
}

/** Everything that a training has come to, by name. */
async function state(trainer: Trainer): Promise<Map<string, Float32Array>> {
  const { tensors, read } = trainer.snapshot();
  return new Map(await Promise.all(tensors.map(async ({ name }) => [name, await read(name)] as const)));
}

/** The same in a form whose equality is quick to tell. */
function digest(values: Iterable<Float32Array>): string {
  const hash = createHash('sha256');
  for (const one of values) hash.update(one);
  return hash.digest('hex');
}

async function stateDigest(trainer: Trainer): Promise<string> {
  return digest((await state(trainer)).values());
}

/** Largest difference over the largest value, of all tensors together. */
function difference(a: Map<string, Float32Array>, b: Map<string, Float32Array>): number {
  let most = 0;
  let largest = 0;
  for (const [name, values] of a)
    values.forEach((value, i) => {
      most = Math.max(most, Math.abs(value - (b.get(name)?.[i] as number)));
      largest = Math.max(largest, Math.abs(value));
    });
  return most / largest;
}

function gradientsOf(trainer: Trainer, batch: Images): { loss: number; gradients: Float32Array[]; leaked: number } {
  const before = tf.memory().numTensors;
  const { loss, gradients } = trainer.gradients(batch, 5);
  const values = gradients.map((gradient) => gradient.dataSync() as Float32Array);
  const [value = Number.NaN] = loss.dataSync();
  tf.dispose([loss, gradients]);
  return { loss: value, gradients: values, leaked: tf.memory().numTensors - before };
}

describe('a training on several threads', () => {
  const graph = expand(smallNetwork);

  it('gives the same numbers to the last bit every time', async () => {
    const run = async () => {
      const trainer = await open({ shards: 2 });
      const losses = [];
      for (let step = 0; step < 3; step++) losses.push(await lossOf(trainer, images(graph, 7, step), step));
      return { losses, state: await stateDigest(trainer) };
    };
    const [first, second] = [await run(), await run()];
    expect(second).toEqual(first);
    expect(first.losses.every(Number.isFinite)).toBe(true);
  });

  it('takes the steps that one thread takes with the mean of the shards’ gradients, to 1e-6', async () => {
    const [together, alone] = [await open({ shards: 3 }), await open({ microBatches: 3 })];
    for (let step = 0; step < 3; step++) {
      const batch = images(graph, 7, step);
      expect(await lossOf(together, batch, step)).toBeCloseTo(await lossOf(alone, batch, step), 5);
    }
    const trained = (all: Map<string, Float32Array>) => new Map([...all].filter(([name]) => !name.includes('moving')));
    expect(difference(trained(await state(together)), trained(await state(alone)))).toBeLessThan(1e-6);
  });

  it('has fewer images than threads in the last batch', async () => {
    const trainer = await open({ shards: 3 });
    expect(Number.isFinite(await lossOf(trainer, images(graph, 2), 0))).toBe(true);
  });

  it('goes on from a checkpoint on all of its threads', async () => {
    const trainer = await open({ shards: 2 });
    await lossOf(trainer, images(graph, 7, 1), 0);
    const saved = await state(trainer);
    const expected = [await lossOf(trainer, images(graph, 7, 2), 1), await lossOf(trainer, images(graph, 7, 3), 2)];
    const resumed = await open({ shards: 2 });
    resumed.restore(saved);
    expect([await lossOf(resumed, images(graph, 7, 2), 1), await lossOf(resumed, images(graph, 7, 3), 2)]).toEqual(
      expected,
    );
    expect(await stateDigest(resumed)).toBe(await stateDigest(trainer));
  });

  it('leaves no tensor behind', async () => {
    const before = tf.memory().numTensors;
    const trainer = await Trainer.open(await loadBackend('wasm'), graph, recipe, 1, { ...plainSteps, shards: 3 });
    await lossOf(trainer, images(graph, 7), 0);
    const after = tf.memory().numTensors;
    await lossOf(trainer, images(graph, 2), 1);
    expect(tf.memory().numTensors).toBe(after);
    trainer.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('fails when a thread has ended, and not only the first time', async () => {
    const trainer = await open({ shards: 2 });
    await lossOf(trainer, images(graph, 7), 0);
    // What there is of a thread that has been ended is that it does not come to the next meeting.
    const pool = Reflect.get(trainer, 'shards') as ShardPool;
    pool.close();
    for (let time = 0; time < 2; time++)
      await expect(lossOf(trainer, images(graph, 7), 1)).rejects.toThrow('the thread of shard 2 has ended');
  });

  it('fails with the words of a thread that fails', async () => {
    const engine = { ...(await loadBackend('wasm')), name: 'steam' as TfjsName };
    const opening = Trainer.open(engine, graph, recipe, 1, { ...plainSteps, shards: 2 });
    await expect(opening).rejects.toThrow(/engine.*steam/);
  });

  it('is refused on an engine whose tensors lie elsewhere', async () => {
    const { elements: _, ...elsewhere } = await loadBackend('wasm');
    const opening = Trainer.open(elsewhere, graph, recipe, 1, { ...plainSteps, shards: 2 });
    await expect(opening).rejects.toThrow('cannot be split over threads on the engine wasm');
  });

  it('does not keep a process alive that has given it up', { timeout: 60_000 }, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      path.join(import.meta.dirname, 'shards/abandoned-program.mjs'),
      path.resolve(import.meta.dirname, '../../../../../dist'),
    ]);
    expect(stdout).toBe('given up\n');
  });
});

describe('re-computation', () => {
  it.each([
    ['inverted bottlenecks', () => expand(smallNetwork)],
    ['residual blocks', () => smallGraph('resnet18', 16)],
    ['separable convolutions', () => smallGraph('mobilenetv1', 32)],
    ['dropped paths', () => expand({ ...smallNetwork, regularisation: { dropout: 0.2, stochasticDepth: 0.5 } })],
  ])(
    'gives the gradients and statistics of %s that are given without it, and leaves no tensor behind',
    async (_, graph) => {
      const own = { ...recipe, batch: 4 };
      const batch = images(graph(), 4);
      const [plain, again] = [await open({}, graph(), own), await open({ recompute: true }, graph(), own)];
      const expected = gradientsOf(plain, batch);
      const found = gradientsOf(again, batch);
      expect(found.leaked).toBe(0);
      expect(found.loss).toBe(expected.loss);
      expect(digest(found.gradients)).toBe(digest(expected.gradients));
      expect(await stateDigest(again)).toBe(await stateDigest(plain));
    },
  );

  it('holds less at the peak', async () => {
    const graph = smallGraph('resnet18', 64);
    const batch = images(graph, 16);
    const peakWith = async (recompute: boolean): Promise<number> => {
      const trainer = await open({ recompute }, graph, { ...recipe, batch: 16 });
      gradientsOf(trainer, batch);
      trainer.resetPeak();
      const before = trainer.peakBytes;
      gradientsOf(trainer, batch);
      return trainer.peakBytes - before;
    };
    expect(await peakWith(true)).toBeLessThan(0.7 * (await peakWith(false)));
  });
});

describe('micro-batches', () => {
  it('without batch norm give the gradients of the whole batch to 1e-5, and leave no tensor behind', async () => {
    const builder = new GraphBuilder([9, 9, 3], { epsilon: 1e-3, momentum: 0.9 });
    const options = { kernel: 3, padding: 'same', filters: 8, norm: false, activation: 'relu' } as const;
    const first = builder.conv('first', 'input', options);
    const second = builder.residual('block', first, builder.conv('second', first, options), 0);
    const pooled = builder.add('pool', [second], { op: 'globalAveragePool' });
    const graph = builder.finish(builder.add('logits', [pooled], { op: 'dense', units: 5, bias: true }));
    const batch = images(graph, 7);
    const expected = gradientsOf(await open({}, graph), batch);
    const found = gradientsOf(await open({ microBatches: 3 }, graph), batch);
    expect(found.leaked).toBe(0);
    expect(Math.abs(found.loss - expected.loss)).toBeLessThan(1e-5);
    expected.gradients.forEach((values, i) => {
      const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
      values.forEach((value, j) => {
        expect(Math.abs((found.gradients[i]?.[j] as number) - value)).toBeLessThan(1e-5 * largest);
      });
    });
  });

  it('move the moving statistics as far as one batch does', async () => {
    const graph = expand(smallNetwork);
    const movedBy = async (microBatches: number): Promise<number> => {
      const trainer = await open({ microBatches }, graph, { ...recipe, batch: 8 });
      tf.dispose(Object.values(trainer.gradients(images(graph, 8), 1)) as tf.TensorContainer[]);
      const [mean] = trainer.model.statistics.slice(1) as [tf.Variable];
      return mean.dataSync()[0] as number;
    };
    // The moving variance starts at 1, and momentum is 0.9: both forget a tenth of that.
    expect(Math.abs((await movedBy(4)) - (await movedBy(1)))).toBeLessThan(0.03);
  });
});

describe('an even split', () => {
  it.each([
    [7, 3, [2, 2, 3]],
    [2, 3, [0, 1, 1]],
    [8, 2, [4, 4]],
    [5, 1, [5]],
  ])('of %i images among %i has %j', (count, parts, counts) => {
    const split = splitEvenly(count, parts);
    expect(split.map((part) => part.count)).toEqual(counts);
    expect(split.map((part) => part.offset)).toEqual(
      counts.map((_, i) => counts.slice(0, i).reduce((a, b) => a + b, 0)),
    );
  });
});
