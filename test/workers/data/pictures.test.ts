import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { datasetSchema } from '../../../search/plan/dataset.js';
import { openDataset, openValidationPictures } from '../../../workers/data/open.js';
import { imageFolder } from '../../support/image-folder.js';
import { scratchFolder } from '../../support/scratch.js';

const folder = scratchFolder('pictures');
const root = path.join(folder, 'photos');
const cacheFolder = path.join(folder, 'cache');
beforeAll(() => imageFolder(root, { classes: ['ant', 'bee', 'cow'], each: 12, sidePx: 20 }));

describe.each([
  ['drawn shapes', { source: 'shapes', train: 24, validation: 30, test: 12 }],
  ['a folder', { source: 'folder', path: root, validation: 0.4 }],
])('pictures of %s', (_name, fields) => {
  const spec = datasetSchema.parse(fields);

  it('are those that a network is validated on, at the same places, with the same labels and digest', async () => {
    const pictures = await openValidationPictures(spec, { cacheFolder });
    const dataset = await openDataset(spec, { cacheFolder });
    expect(pictures.digest).toBe(dataset.digest);
    expect(pictures.classes).toEqual(dataset.classes);
    const resolutionPx = 16;
    const { pixels, labels, count } = await dataset.load('validation', resolutionPx);
    expect(pictures.labels).toEqual([...labels]);
    const bytesEach = resolutionPx * resolutionPx * 3;
    const places = [count - 1, 0, 5];
    const decoded = await pictures.decode(places, resolutionPx);
    places.forEach((place, i) => {
      expect([...decoded[i]!]).toEqual([...pixels.subarray(place * bytesEach, (place + 1) * bytesEach)]);
    });
    expect(new Set(decoded.map(String)).size).toBe(3);
  });

  it('beyond the split are refused', async () => {
    const pictures = await openValidationPictures(spec, { cacheFolder });
    await expect(pictures.decode([pictures.labels.length], 8)).rejects.toThrow(/expected a place below \d+/);
    expect(await pictures.decode([], 8)).toEqual([]);
  });
});

describe('pictures of a folder', () => {
  it('are refused once a file is another one, or gone', async () => {
    const own = path.join(folder, 'own');
    await imageFolder(own, { classes: ['ant', 'bee'], each: 10, sidePx: 12 });
    const spec = datasetSchema.parse({ source: 'folder', path: own, validation: 0.9, test: 0.1 });
    const pictures = await openValidationPictures(spec, { cacheFolder });
    const places = pictures.labels.map((_, i) => i);
    for (let i = 0; i < 10; i++) writeFileSync(path.join(own, 'ant', `${i}.png`), `no picture ${i}`);
    await expect(pictures.decode(places, 8)).rejects.toThrow(/its content has changed/);
    rmSync(own, { recursive: true });
    await expect(pictures.decode(places, 8)).rejects.toThrow(/ENOENT/);
  });
});
