import { cp } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { toKeras } from '../../experiments/handover/exports/keras/index.js';
import { toOnnx } from '../../experiments/handover/exports/onnx/index.js';
import { toTimm } from '../../experiments/handover/exports/timm/index.js';
import { readTrainedModel, type TrainedModel } from '../../experiments/handover/exports/trained-model.js';
import { writeFiles } from '../../experiments/handover/files.js';
import { GraphBuilder } from '../../search/network/graph-builder.js';
import { initialValues, parameterSpecs } from '../../workers/engine/parameters.js';
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

  it('with a sum of three tensors is valid ONNX, and ONNX Runtime predicts the same within 1e-4', async () => {
    const builder = new GraphBuilder([9, 9, 3], { epsilon: 1e-3, momentum: 0.9 });
    const branches = [1, 3, 5].map((kernel) =>
      builder.conv(`branch${kernel}`, 'input', { kernel, padding: 'same', filters: 8, activation: 'relu' }),
    );
    const sum = builder.add('sum', branches, { op: 'add' });
    const features = builder.add('flat', [sum], { op: 'flatten' });
    const graph = builder.finish(builder.add('logits', [features], { op: 'dense', units: 12, bias: true }));
    const weights = new Map(parameterSpecs(graph).map((spec) => [spec.name, initialValues(spec, 3)]));
    const model = { ...(models.get('plain') as TrainedModel), graph, weights };
    const folder = path.join(scratch, 'cases', 'sum');
    const ours = await writePixels(model, folder);
    await writeFiles(path.join(folder, 'onnx'), { 'model.onnx': toOnnx(model, '0.0.0') });
    const scores = await ask<number[]>('onnx_scores.py', [folder]);
    expect(spread(ours)).toBeGreaterThan(1e-2);
    expect(furthest(ours, scores[folder] as number[])).toBeLessThan(1e-4);
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
  expect(refused('inception')).toThrow('inception1.block: expected mbconv, separable or conv');
  expect(refused('dense')).toThrow('dense1.block: expected mbconv, separable or conv');
  expect(refused('plain')).toThrow('classifier: expected an average and one dense layer');
});
