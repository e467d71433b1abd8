import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { triscale } from '../../support/command-line.js';
import { scratchFolder } from '../../support/scratch.js';

const folder = scratchFolder('export');
const run = (...args: string[]) => triscale(args, { cwd: folder, env: { TRISCALE_CACHE: path.join(folder, 'cache') } });
const json = (file: string) => JSON.parse(readFileSync(path.join(folder, file), 'utf8'));

/** Two networks that train in a moment. */
const experiment = {
  name: 'tiny',
  question: 'Does an export hold what was trained?',
  baseline: 'mbconv-tiny',
  data: { source: 'shapes', train: 96, validation: 48, test: 36 },
  grid: {
    alpha: { from: 1, to: 2, step: 1 },
    beta: { from: 1, to: 1, step: 1 },
    gamma: { from: 1, to: 1, step: 1 },
    product: 2,
    tolerance: 0.5,
  },
  singleDimension: false,
  training: { epochs: 1, batch: 32 },
};

beforeAll(async () => {
  writeFileSync(path.join(folder, 'tiny.json'), JSON.stringify(experiment));
  const { code, err } = await run('run', 'tiny.json', '--workers', '4', '--engine', 'wasm', '--yes');
  expect(err).not.toContain('[');
  expect(code).toBe(0);
}, 120_000);

describe('an export of a search', () => {
  it('of the coefficients alone does not read the test split, and says so', async () => {
    const { out } = await run('export', 'tiny.json');
    expect(out).toContain('The test split was not read.');
    const record = json('runs/tiny.coefficients.json');
    expect(record.testSplit).toEqual({ reads: 0, readings: [] });
    expect(record.provenance).toMatchObject({
      // Two trials on four workers: each has two threads, which its numbers depend on.
      engines: [{ engine: 'wasm', trials: 2, device: expect.stringMatching(/, 2 threads$/) }],
      datasetDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
      seeds: [expect.any(Number)],
    });
    expect(record.expectedOptimism).not.toBeUndefined();
  });

  it('of everything trains the choice again to the same number, and reads the test split once however often it is made', async () => {
    const first = JSON.parse((await run('export', 'tiny.json', '--format', 'all', '--out', 'all', '--json')).out);
    expect(first.trained).toMatchObject({ isAsStored: true, testImages: 36 });
    const files = ['family.csv', 'family.md', 'tfjs/model.json', 'keras/model.h5', 'onnx/model.onnx'];
    files.push('timm/arguments.json', 'timm/model.safetensors', 'timm/model.py', 'coefficients.json');
    expect(first.files.map((file: string) => path.relative('all', file)).sort()).toEqual(files.sort());
    for (const file of files) expect(existsSync(path.join(folder, 'all', file))).toBe(true);
    const again = JSON.parse((await run('export', 'tiny.json', '--format', 'onnx', '--out', 'onnx', '--json')).out);
    for (const { testSplit } of [first, again, json('all/coefficients.json')]) {
      expect(testSplit.reads).toBe(1);
      expect(testSplit.readings).toEqual([
        { trialId: first.trained.trialId, seed: first.trained.seed, images: 36, accuracy: first.trained.testAccuracy },
      ]);
    }
    const [one, other] = ['all/onnx', 'onnx'].map((at) => readFileSync(path.join(folder, at, 'model.onnx')));
    expect(one?.equals(other as Buffer)).toBe(true);
  }, 120_000);

  it('is verified against its store, and no longer when a digit was changed', async () => {
    for (const file of ['runs/tiny.coefficients.json', 'all/coefficients.json']) {
      const verified = await run('verify', file, '--store', 'runs/tiny.sqlite', '--json');
      expect(JSON.parse(verified.out).verified).toBe(true);
    }
    const record = json('all/coefficients.json');
    record.cost.macs += 1;
    writeFileSync(path.join(folder, 'changed.json'), JSON.stringify(record));
    const { code, err } = await run('verify', 'changed.json', '--store', 'runs/tiny.sqlite');
    expect(code).toBe(2);
    expect(err).toMatch(/^triscale: cost\.macs: expected \d+ as in the store, got \d+ \[bad-value\]/m);
  });

  it('of a simulated search has no weights', async () => {
    await run('run', 'tiny.json', '--simulate', '--yes');
    const refused = await run('export', 'tiny.json', '--simulated', '--format', 'tfjs', '--out', 'nothing');
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('a simulated search trains nothing');
    expect(existsSync(path.join(folder, 'nothing'))).toBe(false);
    const all = await run('export', 'tiny.json', '--simulated', '--format', 'all', '--out', 'simulated', '--json');
    expect(JSON.parse(all.out).files.map((file: string) => path.basename(file))).toEqual([
      'family.csv',
      'family.md',
      'coefficients.json',
    ]);
  });
});

describe('an export of a training', () => {
  it('writes the forms of weights, and no coefficients', async () => {
    const [training] = readdirSync(path.join(folder, 'runs/tiny.sqlite.d/exports'));
    const net = `runs/tiny.sqlite.d/exports/${training}`;
    const { out } = await run('export', net, '--format', 'timm', '--out', 'net-timm', '--json');
    expect(JSON.parse(out).files).toHaveLength(3);
    const refused = await run('export', net);
    expect(refused.err).toContain('--format: expected tfjs, keras, timm, onnx or all for a training, got coefficients');
  }, 120_000);
});
