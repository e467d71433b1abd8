import { cp } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { toKeras } from '../../experiments/handover/exports/keras/index.js';
import { toOnnx } from '../../experiments/handover/exports/onnx/index.js';
import { toTimm } from '../../experiments/handover/exports/timm/index.js';
import { readTrainedModel, type TrainedModel } from '../../experiments/handover/exports/trained-model.js';
import { writeFiles } from '../../experiments/handover/files.js';
import { missing } from '../support/parts.js';
import { scratchFolder } from '../support/scratch.js';
import { forTimm, type NetworkName, networks } from './networks.js';
import { ask, pythonPackages } from './python.js';
import { furthest, spread, trainBriefly, writePixels } from './trained.js';

const scratch = scratchFolder('interop');
const names = Object.keys(networks) as NetworkName[];
const models = new Map<NetworkName, TrainedModel>();
/** What our own engine predicts. */
const expected = new Map<NetworkName, number[]>();
const caseOf = (name: NetworkName): string => path.join(scratch, 'cases', name);
const same = { depth: 1, width: 1 };

beforeAll(async () => {
  for (const name of names) {
    const folder = await trainBriefly(networks[name], scratch);
    const model = await readTrainedModel(folder);
    models.set(name, model);
    expected.set(name, await writePixels(model, caseOf(name)));
    await cp(path.join(folder, 'model'), path.join(caseOf(name), 'tfjs'), { recursive: true });
  }
}, 300_000);

/** Asks a script for its scores and compares them with ours. */
async function compare(script: string, of: readonly NetworkName[], bound: number): Promise<void> {
  const scores = await ask<number[]>(script, of.map(caseOf));
  for (const name of of) {
    const ours = expected.get(name) as number[];
    expect(spread(ours), `${name} tells no two images apart`).toBeGreaterThan(100 * bound);
    expect(furthest(ours, scores[caseOf(name)] as number[]), name).toBeLessThan(bound);
  }
}

it('batch norm has left its start, so that its statistics are tested too', () => {
  for (const { graph, weights } of models.values()) {
    for (const { name, op } of graph.layers) {
      if (op !== 'batchNorm') continue;
      expect(weights.get(`${name}/movingMean`)?.every((value) => value === 0)).toBe(false);
      expect(weights.get(`${name}/movingVariance`)?.some((value) => Math.abs(value - 1) > 1e-2)).toBe(true);
    }
  }
});

it('plain TensorFlow.js, in a process without our code, predicts the same within 1e-5', async () => {
  await compare('tfjs-scores.mjs', names, 1e-5);
});

describe.skipIf(missing(pythonPackages()))('a trained network', () => {
  it('Keras predicts the same within 1e-4', async () => {
    for (const name of names) {
      const files = await toKeras(models.get(name) as TrainedModel, same);
      await writeFiles(path.join(caseOf(name), 'keras'), files);
    }
    await compare('keras_scores.py', names, 1e-4);
  }, 300_000);

  it('ONNX Runtime predicts the same within 1e-4', async () => {
    for (const name of names) {
      const model = toOnnx(models.get(name) as TrainedModel, '0.0.0');
      await writeFiles(path.join(caseOf(name), 'onnx'), { 'model.onnx': model });
    }
    await compare('onnx_scores.py', names, 1e-4);
  }, 300_000);

  it('PyTorch, by timm’s arguments and the safetensors weights, predicts the same within 1e-4', async () => {
    for (const name of forTimm)
      await writeFiles(path.join(caseOf(name), 'timm'), toTimm(models.get(name) as TrainedModel));
    await compare('timm_scores.py', forTimm, 1e-4);
  }, 300_000);
});

it('what timm has no arguments for is refused by name', () => {
  const refused = (name: NetworkName) => () => toTimm(models.get(name) as TrainedModel);
  expect(refused('residual')).toThrow('pool.block: expected mbconv, separable or conv');
  expect(refused('plain')).toThrow('classifier: expected an average and one dense layer');
});
