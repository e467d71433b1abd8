import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EngineName } from '../../../search/cost/engine-memory.js';
import { GraphBuilder } from '../../../search/network/graph-builder.js';
import type { LayerGraph } from '../../../search/network/layers/index.js';
import { type Recipe, recipeSchema } from '../../../search/plan/recipe.js';
import type { EpochMetrics } from '../../../search/plan/trial.js';
import { plainSteps, type Session } from '../../../workers/engine/engine.js';
import { loadEngine } from '../../../workers/engine/index.js';
import { CheckpointFolder } from '../../../workers/training/checkpoint.js';
import { type TrainingOptions, type TrainingOutcome, train } from '../../../workers/training/train.js';
import { barsData, barsNormalisation } from '../../support/image-set.js';

const data = barsData(12, 96, 30);

/** A small network with everything that is random or measured in training: dropout, stochastic depth, batch norm. */
function graph(): LayerGraph {
  const builder = new GraphBuilder(data.train.shape, { epsilon: 1e-3, momentum: 0.8 });
  const options = { kernel: 3, padding: 'same', filters: 8, activation: 'swish' } as const;
  const stem = builder.conv('stem', 'input', { ...options, stride: 2 });
  const branch = builder.conv('branch', stem, options);
  const block = builder.residual('block', stem, branch, 0.2);
  const squeezed = builder.add('squeeze', [block], {
    op: 'squeezeExcite',
    squeezed: 2,
    activation: 'swish',
    gate: 'sigmoid',
  });
  const depthwise = builder.conv('depthwise', squeezed, { kernel: 3, padding: 'same', activation: 'relu6' });
  const pooled = builder.add('pool', [depthwise], { op: 'globalAveragePool' });
  const dropped = builder.add('dropout', [pooled], { op: 'dropout', rate: 0.1 });
  return builder.finish(builder.add('logits', [dropped], { op: 'dense', units: 3, bias: true }));
}

const recipe = (fields: Partial<Recipe> = {}): Recipe =>
  recipeSchema.parse({ epochs: 4, batch: 16, learningRate: 0.05, flip: false, cropPadding: 0.1, ...fields });

/** Weight decay alone multiplies the weights by −99 in every step. */
const exploding = recipe({ learningRate: 100, warmupEpochs: 0, weightDecay: 1 });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'triscale-train-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function open(engine: EngineName, own: Recipe, seed: number): Promise<Session> {
  const options = { graph: graph(), recipe: own, seed, stepPlan: plainSteps, normalisation: barsNormalisation };
  return (await loadEngine(engine)).open(options);
}

/** Trains, and gives the outcome with every number that must be reproducible, the weights included. */
async function run(options: TrainingOptions & { recipe?: Recipe; engine?: EngineName; seed?: number } = {}) {
  const { recipe: own = recipe(), engine = 'wasm', seed = 1, ...rest } = options;
  const session = await open(engine, own, seed);
  try {
    const outcome = await train(session, data, rest);
    const weights = [...(await session.weights())].map(([name, values]) => [name, Array.from(values)]);
    return { outcome, numbers: { ...numbersOf(outcome), weights: Object.fromEntries(weights) } };
  } finally {
    await session.close();
  }
}

/** Of an outcome, what does not depend on how fast the machine is. */
function numbersOf(outcome: TrainingOutcome) {
  return outcome.state === 'completed' ? completed(outcome) : outcome;
}

function completed(outcome: TrainingOutcome) {
  if (outcome.state !== 'completed') throw new Error(`expected a completed training, got ${outcome.state}`);
  const epochs = outcome.epochs.map(({ wallMs: _wall, imagesPerSecond: _speed, ...rest }) => rest);
  return { validation: outcome.validation, epochs };
}

const checkpoints = (key = 'key') => new CheckpointFolder(folder, key);

/** Stops a training once an epoch is done, as a signal would. */
function stopAfter(epoch: number): TrainingOptions {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    onEpoch: (metrics: EpochMetrics) => {
      if (metrics.epoch === epoch) controller.abort();
    },
  };
}

describe('a training', () => {
  it('learns what can be learned', async () => {
    const { outcome } = await run({ recipe: recipe({ epochs: 12 }) });
    const { epochs, validation } = completed(outcome);
    expect(epochs.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    expect(validation.accuracy).toBeGreaterThan(0.9);
    expect(epochs.at(-1)?.trainLoss).toBeLessThan(epochs[0]?.trainLoss as number);
    expect(validation.images).toBe(30);
    const { confusion, accuracy } = validation;
    expect(confusion.map((row) => row.reduce((sum, images) => sum + images, 0))).toEqual([10, 10, 10]);
    expect(confusion.reduce((sum, row, truth) => sum + (row[truth] as number), 0)).toBe(Math.round(accuracy * 30));
    expect(outcome.state === 'completed' && outcome.peakBytes).toBeGreaterThan(0);
  });

  for (const fields of [{}, { optimizer: 'rmsprop', learningRate: 0.005, emaDecay: 0.9 }] as Partial<Recipe>[]) {
    const name = fields.optimizer ?? 'sgd';
    it(`gives the same numbers again with ${name}, and others with another seed`, async () => {
      const first = await run({ recipe: recipe(fields) });
      const again = await run({ recipe: recipe(fields) });
      expect(again.numbers).toEqual(first.numbers);
      expect((await run({ recipe: recipe(fields), seed: 2 })).numbers).not.toEqual(first.numbers);
    });

    it(`that was stopped goes on with ${name} to the same numbers, to the last bit`, async () => {
      const whole = await run({ recipe: recipe(fields) });
      const stopped = await run({ recipe: recipe(fields), checkpoints: checkpoints(), ...stopAfter(2) });
      expect(stopped.outcome.state).toBe('cancelled');
      let resumedAt = -1;
      const resumed = await run({
        recipe: recipe(fields),
        checkpoints: checkpoints(),
        onStart: (epoch) => {
          resumedAt = epoch;
        },
      });
      expect(resumedAt).toBe(2);
      expect(resumed.numbers).toEqual(whole.numbers);
      // And once more, now that nothing is left to train: the result itself had been lost.
      expect((await run({ recipe: recipe(fields), checkpoints: checkpoints() })).numbers).toEqual(whole.numbers);
    });
  }

  it('that pauses at a rung says how far it came, and goes on to the same numbers', async () => {
    const whole = await run();
    const paused = await run({ checkpoints: checkpoints(), pauseAfterEpoch: 2 });
    expect(paused.outcome).toMatchObject({ state: 'paused', atEpoch: 2 });
    expect(paused.outcome.state === 'paused' && paused.outcome.epochs.map(({ epoch }) => epoch)).toEqual([1, 2]);
    // Asked to pause where it is already, it trains nothing.
    const onEpoch = vi.fn();
    const again = await run({ checkpoints: checkpoints(), pauseAfterEpoch: 2, onEpoch });
    expect(again.outcome).toMatchObject({ state: 'paused', atEpoch: 2 });
    expect(onEpoch).not.toHaveBeenCalled();
    expect((await run({ checkpoints: checkpoints() })).numbers).toEqual(whole.numbers);
  });

  it('goes on from the epoch before when its last checkpoint is damaged, and says so', async () => {
    const whole = await run();
    await run({ checkpoints: checkpoints(), ...stopAfter(3) });
    await truncate(path.join(folder, 'last.checkpoint'), 1000);
    const said: unknown[] = [];
    const resumed = await run({ checkpoints: checkpoints(), onStart: (...args) => said.push(...args) });
    expect(said).toEqual([2, [expect.stringMatching(/last\.checkpoint is damaged/)]]);
    expect(resumed.numbers).toEqual(whole.numbers);
  });

  it('goes on on another engine from the same state', async () => {
    await run({ checkpoints: checkpoints(), ...stopAfter(3) });
    const resumed = await run({ checkpoints: checkpoints(), engine: 'cpu' });
    const whole = await run();
    const [theirs, ours] = [completed(resumed.outcome), completed(whole.outcome)];
    expect(theirs.epochs.slice(0, 3)).toEqual(ours.epochs.slice(0, 3));
    expect(theirs.epochs[3]).not.toEqual(ours.epochs[3]);
    expect(Math.abs(theirs.validation.loss - ours.validation.loss)).toBeLessThan(1e-3);
  });

  it('has diverged when a loss is not finite', async () => {
    const { outcome } = await run({ recipe: exploding });
    expect(outcome).toEqual({ state: 'diverged', atEpoch: expect.any(Number) });
  });

  it('ends at its time limit and when it is cancelled, between two steps', async () => {
    const { outcome } = await run({ recipe: recipe({ epochs: 10_000 }), timeLimitMs: 200 });
    expect(outcome.state).toBe('timeout');
    expect(outcome.state === 'timeout' && outcome.afterMs).toBeGreaterThanOrEqual(199);
    expect((await run({ signal: AbortSignal.abort() })).outcome).toEqual({ state: 'cancelled' });
  });

  it('leaves no tensor behind, however it ends', async () => {
    await loadEngine('wasm');
    const before = tf.memory().numTensors;
    await run({
      recipe: recipe({ emaDecay: 0.9, optimizer: 'rmsprop', learningRate: 0.005 }),
      checkpoints: checkpoints(),
    });
    await run({ ...stopAfter(1) });
    await run({ recipe: exploding });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('lets the event loop have its turn', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await run();
    clearInterval(timer);
    expect(turns).toBeGreaterThan(10);
  });
});

describe('a moving average', () => {
  it('is what is validated, and follows the weights and the statistics', async () => {
    const own = recipe({ epochs: 1, warmupEpochs: 0, emaDecay: 0.5 });
    const session = await open('wasm', own, 1);
    await train(session, data);
    const averages = await session.weights();
    const { read } = session.snapshot();
    for (const name of ['stem/conv/kernel', 'stem/norm/movingMean', 'stem/norm/gamma', 'logits/bias']) {
      const average = averages.get(name) as Float32Array;
      const weight = await read(`weights/${name}`);
      expect(average).not.toEqual(weight);
      // After six steps at 0.5 or less the start is all but forgotten.
      const distance = Math.hypot(...average.map((value, i) => value - (weight[i] as number)));
      expect(distance).toBeLessThan(0.5 * Math.hypot(...weight));
    }
    await session.close();
  });
});
