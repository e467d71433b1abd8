import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readTrainedModel } from '../../experiments/handover/exports/trained-model.js';
import { triscale } from '../support/command-line.js';
import { missing } from '../support/parts.js';
import { scratchFolder } from '../support/scratch.js';
import { ask, pythonPackages } from './python.js';
import { furthest, spread, writePixels } from './trained.js';

const root = path.resolve(import.meta.dirname, '../..');
const folder = scratchFolder('interop-search');
const handed = path.join(folder, 'handed');
let expected: number[];

/** The demo with fewer points and images, so that it ends within seconds; the choice is as good as drawn by lot, and is handed over all the same. */
function shortDemo(): object {
  const demo = JSON.parse(readFileSync(path.join(root, 'experiments/demo.json'), 'utf8'));
  const range = (to: number) => ({ from: 1, to, step: (to - 1) / 2 });
  return {
    ...demo,
    $schema: undefined,
    data: { source: 'shapes', train: 160, validation: 60, test: 60 },
    grid: { ...demo.grid, alpha: range(2), beta: range(1.4), gamma: range(1.4), tolerance: 0.4 },
    singleDimension: false,
    seedBudget: 0,
    training: { ...demo.training, epochs: 2 },
  };
}

beforeAll(async () => {
  writeFileSync(path.join(folder, 'demo.json'), JSON.stringify(shortDemo()));
  const env = { TRISCALE_CACHE: path.join(folder, 'cache') };
  const ran = await triscale(['run', 'demo.json', '--engine', 'wasm', '--yes'], { cwd: folder, env });
  expect(ran.err).not.toContain('triscale:');
  const out = await triscale(['export', 'demo.json', '--format', 'all', '--out', handed, '--json'], {
    cwd: folder,
    env,
  });
  const { trained } = JSON.parse(out.out);
  expect(trained.isAsStored).toBe(true);
  const model = await readTrainedModel(path.join(folder, 'runs/demo.sqlite.d/exports', trained.trialId));
  expected = await writePixels(model, handed);
  expect(spread(expected)).toBeGreaterThan(0.01);
}, 300_000);

/** By how much a script's scores differ from ours. */
const difference = async (script: string) =>
  furthest(expected, (await ask<number[]>(script, [handed]))[handed] as number[]);

it('the demo’s exported model predicts the same within 1e-5 in plain TensorFlow.js', async () => {
  expect(await difference('tfjs-scores.mjs')).toBeLessThan(1e-5);
});

describe.skipIf(missing(pythonPackages()))('the demo’s exported model predicts the same within 1e-4', () => {
  it('in Keras', async () => expect(await difference('keras_scores.py')).toBeLessThan(1e-4), 300_000);
  it('in ONNX Runtime', async () => expect(await difference('onnx_scores.py')).toBeLessThan(1e-4), 300_000);
  it('in PyTorch by way of timm', async () => expect(await difference('timm_scores.py')).toBeLessThan(1e-4), 300_000);
});
