import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type DatasetSpec, datasetSchema } from '../../../../search/plan/dataset.js';
import { openDataset } from '../../../../workers/data/open.js';
import { recogniseSource, sourceOf, sources } from '../../../../workers/data/sources/index.js';
import type { Reader, Source } from '../../../../workers/data/sources/source.js';
import { scratchFolder } from '../../../support/scratch.js';

const folder = scratchFolder('sources');
const spec = (fields: object) => datasetSchema.parse(fields);
const count = (fields: object) => sourceOf(spec(fields)).count(spec(fields));
const classes = (fields: object) => sourceOf(spec(fields)).classes(spec(fields));

/** Empty files: only their names are counted. */
function fill(name: string, images: number): string {
  const place = path.join(folder, name);
  for (const className of ['a', 'b']) {
    mkdirSync(path.join(place, className), { recursive: true });
    for (let i = 0; i < images; i++) writeFileSync(path.join(place, className, `${i}.png`), '');
  }
  return place;
}

/** A folder that CIFAR-10 is recognised by. */
function cifarFolder(): string {
  const place = path.join(folder, 'cifar');
  mkdirSync(place, { recursive: true });
  for (const name of ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5', 'test_batch'])
    writeFileSync(path.join(place, `${name}.bin`), '');
  return place;
}

describe('the number of training images of a source, without opening it', () => {
  it('leaves out validation and testing for a folder', async () => {
    expect(await count({ source: 'folder', path: fill('unsplit', 50) })).toBe(81);
    fill('split/train', 50);
    fill('split/test', 5);
    const split = path.join(folder, 'split');
    expect(await count({ source: 'folder', path: split })).toBe(90);
    expect(await count({ source: 'folder', path: split, limitPerClass: 20 })).toBe(40);
  });

  it('is what the experiment asks for where pictures are drawn, and unknown where the data are not here', async () => {
    expect(await count({ source: 'shapes', train: 120 })).toBe(120);
    expect(await count({ source: 'folder', path: path.join(folder, 'absent') })).toBeUndefined();
    expect(await count({ source: 'cifar10', path: folder })).toBe(45_000);
  });
});

describe('the number of classes of a source, without opening it', () => {
  it('counts the folders of a folder, and is unknown where the data are not here', async () => {
    expect(await classes({ source: 'folder', path: fill('counted', 1) })).toBe(2);
    expect(await classes({ source: 'folder', path: path.join(folder, 'absent') })).toBeUndefined();
    expect(await classes({ source: 'cifar10', path: path.join(folder, 'absent') })).toBeUndefined();
    expect(await classes({ source: 'cifar10', path: folder })).toBe(10);
    expect(await classes({ source: 'shapes' })).toBe(12);
  });
});

describe('a path without the name of a source', () => {
  it('is recognised by what lies there', async () => {
    expect(await recogniseSource(cifarFolder())).toBe('cifar10');
    expect(await recogniseSource(fill('recognised', 1))).toBe('folder');
    expect(await recogniseSource(path.join(folder, 'absent'))).toBeNull();
  });
});

describe('a new source', () => {
  const toyReader = (): Reader => ({
    load: async ({ place }) => ({
      kind: 'square',
      sidePx: 1,
      pixels: new Uint8Array(3).fill(Number(place) + (Number(place) % 2 ? 200 : 0)),
    }),
  });
  /** All that a source has to say for itself; its pictures are single colours. */
  const toy: Source = {
    recognise: async (place) => place.endsWith('.toy'),
    classes: async () => 2,
    count: async () => 8,
    locate: (found) => ({ found, places: [] }),
    reader: toyReader,
    open: async () => ({
      classes: ['dark', 'light'],
      nativeResolutionPx: 1,
      images: Array.from({ length: 20 }, (_, i) => ({
        name: `${i}`,
        className: i % 2 ? 'light' : 'dark',
        split: null,
        content: `${i}`,
        place: i,
      })),
      bad: [],
      decoder: 'toy-1',
      reader: toyReader(),
    }),
  };

  it('is one registry line: recognised, split, decoded, cached and labelled as every other', async () => {
    const registry = { toy, ...sources };
    expect(await recogniseSource('a.toy', registry)).toBe('toy');
    const toySpec = { source: 'toy', path: 'a.toy', validation: 0.1, test: 0.1, seed: 1 } as unknown as DatasetSpec;
    const options = { cacheFolder: path.join(folder, 'cache'), sources: registry };
    const dataset = await openDataset(toySpec, options);
    expect(dataset.counts).toEqual({ train: 16, validation: 2, test: 2 });
    const { pixels, labels } = await dataset.load('train', 4);
    for (const [i, label] of labels.entries()) expect(pixels[i * 48]! >= 200).toBe(label === 1);
    const again = await openDataset(toySpec, options);
    expect([...(await again.load('train', 4)).pixels]).toEqual([...pixels]);
    expect(again.digest).toBe(dataset.digest);
  });
});
