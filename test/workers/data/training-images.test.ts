import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { datasetSchema } from '../../../search/plan/dataset.js';
import { trainingImages } from '../../../workers/data/training-images.js';
import { scratchFolder } from '../../support/scratch.js';

const folder = scratchFolder('training-images');
const spec = (fields: object) => datasetSchema.parse(fields);

/** Empty files: only their names are counted. */
function fill(name: string, count: number): string {
  const classes = path.join(folder, name);
  for (const className of ['a', 'b']) {
    mkdirSync(path.join(classes, className), { recursive: true });
    for (let i = 0; i < count; i++) writeFileSync(path.join(classes, className, `${i}.png`), '');
  }
  return classes;
}

describe('about how many images there are to train on', () => {
  it('of a folder, after validation and testing', async () => {
    expect(await trainingImages(spec({ source: 'folder', path: fill('unsplit', 50) }))).toBe(81);
    fill('split/train', 50);
    fill('split/test', 5);
    const split = path.join(folder, 'split');
    expect(await trainingImages(spec({ source: 'folder', path: split }))).toBe(90);
    expect(await trainingImages(spec({ source: 'folder', path: split, limitPerClass: 20 }))).toBe(40);
  });

  it('of what is drawn, as many as are asked for; of data that are not here, unknown', async () => {
    expect(await trainingImages(spec({ source: 'shapes', train: 120 }))).toBe(120);
    expect(await trainingImages(spec({ source: 'folder', path: path.join(folder, 'absent') }))).toBeUndefined();
    expect(await trainingImages(spec({ source: 'cifar10', path: folder }))).toBe(45_000);
  });
});
