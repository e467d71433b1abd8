import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorCodes } from '../../../search/base/errors.js';
import { triscale } from '../../support/command-line.js';

const folder = mkdtempSync(path.join(tmpdir(), 'triscale-misuse-'));
const good = {
  name: 'search',
  question: 'Which?',
  baseline: 'mbconv-tiny',
  data: { source: 'shapes', train: 48, validation: 24, test: 24 },
  grid: {
    alpha: { from: 1, to: 2, step: 0.5 },
    beta: { from: 1, to: 1.4, step: 0.2 },
    gamma: { from: 1, to: 1.4, step: 0.2 },
    tolerance: 0.2,
  },
};

beforeAll(() => {
  mkdirSync(path.join(folder, 'one-class/cats'), { recursive: true });
  writeFileSync(
    path.join(folder, 'no-store.sqlite'),
    'this is a text, and long enough to be no database header at all, whatever happens',
  );
  writeFileSync(path.join(folder, 'good.json'), JSON.stringify(good));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes an experiment with raw JSON text in the place of a value, so that 1e309 and NaN can be said. */
function experiment(change: Record<string, unknown>, raw: Record<string, string> = {}): string {
  const file = `${Math.random().toString(36).slice(2)}.json`;
  let text = JSON.stringify({ ...good, ...change });
  for (const [marker, value] of Object.entries(raw)) text = text.replace(`"${marker}"`, value);
  writeFileSync(path.join(folder, file), text);
  return file;
}

const badExperiments: [title: string, file: () => string, sentence: RegExp][] = [
  [
    'an unknown key, with the nearest one',
    () => experiment({ grid: { ...good.grid, tolerence: 0.1 } }),
    /grid: unknown key "tolerence"; did you mean "tolerance"\?$/,
  ],
  ['a grid without a point', () => experiment({ grid: { ...good.grid, product: 100 } }), /grid: .*100/],
  ['a limit that no network meets', () => experiment({ limits: { macs: 1000 } }), /limits.*macs.*1000/],
  ['a resolution of 0', () => experiment({ resolutionPx: 0 }), /resolutionPx: expected .*≥ 1, got 0$/],
  ['1e309', () => experiment({ grid: { ...good.grid, phi: 'X' } }, { X: '1e309' }), /grid\.phi: .*Infinity/],
  ['NaN', () => experiment({ seed: 'X' }, { X: 'NaN' }), /JSON/],
  ['a text for a number', () => experiment({ seed: 'one' }), /seed: expected .*, got "one"$/],
  [
    'an unknown baseline, with the nearest one',
    () => experiment({ baseline: 'efficientnet-b9' }),
    /baseline: .*"efficientnet-b9"; did you mean "efficientnet-b\d"\?$/,
  ],
  [
    'a range whose end is not on its grid',
    () => experiment({ grid: { ...good.grid, alpha: { from: 1, to: 2, step: 0.3 } } }),
    /grid\.alpha/,
  ],
  [
    'a missing folder of images',
    () => experiment({ data: { source: 'folder', path: 'nowhere' } }),
    /nowhere: expected a folder that can be read, got ENOENT$/,
  ],
  [
    'a folder with one class',
    () => experiment({ data: { source: 'folder', path: 'one-class' } }),
    /one-class: expected the folders of at least 2 classes, got only "cats"$/,
  ],
  ['a file that does not exist', () => 'missing.json', /missing\.json: no such file$/],
  ['a file that is no JSON', () => 'no-store.sqlite', /expected/],
];

describe('bad input is one sentence with path and value, exit code 2, and nothing half-written', () => {
  it.each(badExperiments)('run: %s', async (_title, file, sentence) => {
    const name = file();
    const before = readdirSync(folder).sort();
    const { code, out, err } = await triscale(['run', name, '--store', 'x/search.sqlite'], { cwd: folder });
    const told = /^(.*) \[([a-z-]+)\]$/.exec(err.trim().split('\n').at(-1) ?? '');
    const line = told?.[1] ?? '';
    expect(Object.keys(errorCodes)).toContain(told?.[2]);
    expect(line).toMatch(/^triscale: /);
    expect(line).toMatch(sentence);
    expect(code).toBe(2);
    expect(out).not.toContain('Chosen');
    expect(readdirSync(folder).sort()).toEqual(before);
  });

  it('a store that is no database', async () => {
    const { code, err } = await triscale(['run', 'good.json', '--store', 'no-store.sqlite', '--simulate'], {
      cwd: folder,
    });
    expect(err).toMatch(/^triscale: store "no-store\.sqlite" is not a database \[bad-store\]$/m);
    expect(code).toBe(2);
  });

  it.each([
    [['plan'], /missing required argument 'file'; see triscale plan --help/],
    [['plan', 'good.json', '--retargett'], /unknown option '--retargett'.*--retarget/],
    [['run', 'good.json', '--workers', '0'], /--workers: expected an integer from 1 to 4096, got "0"/],
    [['scale', 'efficientnet-b0', '--phi', '1,NaN'], /--phi: expected a number from -16 to 16, got "NaN"/],
    [['cost', 'resnet19'], /network: .*got "resnet19"; did you mean "resnet18"\?/],
    [['cost', 'resnet18', '--resolution', '0'], /--resolution: expected an integer from 1 to 4096, got "0"/],
    [['status', 'good.json'], /store "runs\/search\.sqlite" does not exist; triscale run good\.json creates it/],
    [['trian'], /unknown command 'trian'.*train.*; see triscale --help/],
    [['engine', 'install', 'tensorflow', '--cuda'], /unknown option '--cuda'; see triscale engine install --help/],
    [['engine'], /engine: expected one of install, list, remove, got nothing/],
    [['plan', 'one-class'], /one-class: expected a file, got a folder/],
    [
      ['train', 'mbconv-tiny', '--data', 'images'],
      /--data: expected shapes, folder:PATH, table:PATH, tar:PATH, parquet:PATH, zip:PATH, cifar10:PATH or PATH, got "images"/,
    ],
    [['run', 'good.json', '--simulate', '{'], /--simulate: expected JSON/],
  ])('%j', async (args, sentence) => {
    const { code, out, err } = await triscale(args, { cwd: folder });
    expect(err).toMatch(/^triscale: /);
    expect(err.trim()).not.toContain('\n');
    expect(err).toMatch(sentence);
    expect(out).toBe('');
    expect(code).toBe(2);
  });
});
