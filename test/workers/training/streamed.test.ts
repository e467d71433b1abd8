import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../search/network/graph-builder.js';
import { datasetSchema } from '../../../search/plan/dataset.js';
import { recipeSchema } from '../../../search/plan/recipe.js';
import { closeImages } from '../../../workers/data/dataset.js';
import { openDataset } from '../../../workers/data/open.js';
import { plainSteps } from '../../../workers/engine/engine.js';
import { loadEngine } from '../../../workers/engine/index.js';
import { CheckpointFolder } from '../../../workers/training/checkpoint.js';
import { type TrainingOptions, train } from '../../../workers/training/train.js';
import { scratchFolder } from '../../support/scratch.js';

const folder = scratchFolder('streamed');
const sidePx = 12;
const spec = datasetSchema.parse({ source: 'shapes', train: 96, validation: 24, test: 12 });
const recipe = recipeSchema.parse({ epochs: 4, batch: 16, learningRate: 0.05, flip: true, cropPadding: 0.1 });

function graph() {
  const builder = new GraphBuilder([sidePx, sidePx, 3], { epsilon: 1e-3, momentum: 0.8 });
  const conv = builder.conv('conv', 'input', {
    kernel: 3,
    padding: 'same',
    filters: 8,
    activation: 'relu6',
    stride: 2,
  });
  const pooled = builder.add('pool', [conv], { op: 'globalAveragePool' });
  return builder.finish(builder.add('logits', [pooled], { op: 'dense', units: 12, bias: true }));
}

interface Run {
  /** Decoded bytes that may be in memory. */
  readonly memoryBytes: number;
  readonly threads?: number;
  readonly options?: TrainingOptions;
}

/** One call of a training: its outcome, and its weights. */
async function run({ memoryBytes, threads = 1, options = {} }: Run) {
  const dataset = await openDataset(spec, { cacheFolder: path.join(folder, 'cache'), memoryBytes, threads });
  const data = { train: await dataset.open('train', sidePx), validation: await dataset.open('validation', sidePx) };
  const engine = await loadEngine('wasm');
  const { normalisation } = dataset;
  const session = await engine.open({ graph: graph(), recipe, seed: 3, stepPlan: plainSteps, normalisation });
  try {
    const { state } = await train(session, data, options);
    return { state, weights: [...(await session.weights())].map(([name, values]) => [name, Array.from(values)]) };
  } finally {
    await session.close();
    await closeImages(data.train);
    await closeImages(data.validation);
  }
}

/** Kills a training in the middle of an epoch: between two of its steps, which checkpoints know nothing of. */
function killedIn(epoch: number): TrainingOptions {
  const controller = new AbortController();
  const checkpoints = new CheckpointFolder(path.join(folder, 'checkpoints'), 'key');
  const kill = () => setImmediate(() => controller.abort());
  return {
    checkpoints,
    signal: controller.signal,
    onStart: (done) => {
      if (done + 1 === epoch) kill();
    },
    onEpoch: (metrics) => {
      if (metrics.epoch + 1 === epoch) kill();
    },
  };
}

describe('a training on images that are not in memory', () => {
  it('ends with the weights of one in memory, with any number of threads, and after three kills', async () => {
    const { weights, state } = await run({ memoryBytes: Number.POSITIVE_INFINITY });
    expect(state).toBe('completed');
    expect(await run({ memoryBytes: 0, threads: 1 })).toEqual({ state, weights });
    expect(await run({ memoryBytes: 0, threads: 3 })).toEqual({ state, weights });
    for (const epoch of [1, 2, 4]) {
      expect((await run({ memoryBytes: 0, threads: 2, options: killedIn(epoch) })).state).toBe('cancelled');
    }
    const checkpoints = new CheckpointFolder(path.join(folder, 'checkpoints'), 'key');
    expect(await run({ memoryBytes: 0, threads: 2, options: { checkpoints } })).toEqual({ state, weights });
  }, 120_000);
});
