import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { datasetSchema } from '../../../../../search/plan/dataset.js';
import { openDataset } from '../../../../../workers/data/open.js';
import { sourceOf } from '../../../../../workers/data/sources/index.js';
import { scratchFolder } from '../../../../support/scratch.js';
import { imageTree } from '../../../../support/small-images.js';

const scratch = scratchFolder('layout');
let root: string;
let count = 0;
beforeEach(() => {
  root = path.join(scratch, `${count++}`, 'photos');
  mkdirSync(root, { recursive: true });
});

const specOf = (fields: object) => datasetSchema.parse({ source: 'folder', path: root, ...fields });
const open = (fields: object = {}) => openDataset(specOf(fields), { cacheFolder: path.join(root, '../cache') });

/** Two classes of so many images in each of some folders. */
function splits(counts: Readonly<Record<string, number>>, classes: readonly string[] = ['a', 'b']): void {
  for (const [folder, each] of Object.entries(counts)) {
    imageTree(path.join(root, folder), Object.fromEntries(classes.map((name) => [name, each])));
  }
}

describe('folders that are splits', () => {
  it.each([
    'valid',
    'val',
    'validation',
    'dev',
    'Valid',
    'VAL',
    'Validation',
    'validation_set',
    'Val Data',
    'val2017',
    'eval',
    'Evaluation',
    'devset',
    'development',
    'imagenet-val',
  ])('call the validation split "%s"', async (name) => {
    splits({ train: 6, [name]: 3, test: 2 });
    const { counts, classes } = await open();
    expect(classes).toEqual(['a', 'b']);
    expect(counts).toEqual({ train: 12, validation: 6, test: 4 });
  });

  it.each([
    ['Training', 'Testing'],
    ['training_set', 'test_set'],
    ['seg_train', 'seg_test'],
    ['Train', 'Test'],
    ['TRAIN', 'TEST'],
    ['train-images', 'test-images'],
    ['trainset', 'testset'],
    ['TrainData', 'TestData'],
    ['dataset_train', 'dataset_test'],
    ['cars_train', 'cars_test'],
    ['train2014', 'test2014'],
  ])('call them "%s" and "%s"', async (train, test) => {
    splits({ [train]: 10, [test]: 4 });
    const { counts, classes, notes } = await open();
    expect(classes).toEqual(['a', 'b']);
    expect(counts).toEqual({ train: 18, validation: 2, test: 8 });
    expect(notes.join()).toContain(`${train}/ as the training split`);
  });

  it('lie in one more folder, in one of their own name, or below each class', async () => {
    splits({ 'archive/data/train': 10, 'archive/data/test': 2 });
    expect((await open()).counts).toEqual({ train: 18, validation: 2, test: 4 });
    splits({ 'twice/seg_train/seg_train': 10, 'twice/seg_test/seg_test': 2 });
    expect((await open({ path: path.join(root, 'twice') })).counts).toEqual({ train: 18, validation: 2, test: 4 });
    imageTree(path.join(root, 'inner'), { 'cat/train': 10, 'cat/test': 2, 'dog/train': 10, 'dog/test': 2 });
    const { counts, classes } = await open({ path: path.join(root, 'inner') });
    expect(classes).toEqual(['cat', 'dog']);
    expect(counts).toEqual({ train: 18, validation: 2, test: 4 });
  });

  it('may stand beside the folders of the classes of training, when their classes have the same names', async () => {
    splits({ '.': 10, test: 2 });
    const { counts, classes, notes } = await open();
    expect(classes).toEqual(['a', 'b']);
    expect(counts).toEqual({ train: 18, validation: 2, test: 4 });
    expect(notes.join()).toContain('test holds folders of the same names');
  });

  it('may hold images without a class, which are counted and not used', async () => {
    splits({ Train: 10 });
    imageTree(root, { Test: 7, val: 3 });
    const { counts, notes, passedOver } = await open();
    expect(counts).toEqual({ train: 16, validation: 2, test: 2 });
    expect(notes.join(' ')).toContain(
      'Test/ holds 7 images without a class and is not used; images of the training split are set aside for testing instead.',
    );
    expect(notes.join(' ')).toContain('val/ holds 3 images');
    expect(passedOver).toContainEqual({ why: 'without a class', count: 10, example: path.join(root, 'Test') });
  });

  it('are told from other folders beside them, which are named and counted', async () => {
    splits({ train: 10, test: 2 });
    imageTree(root, { extra: 4, 'unlabelled/more': 3 });
    const { classes, notes, passedOver } = await open();
    expect(classes).toEqual(['a', 'b']);
    expect(notes).toContain('extra/ is no split and is not used (4 files).');
    expect(passedOver).toContainEqual({
      why: 'in a folder beside the splits',
      count: 7,
      example: path.join(root, 'extra'),
    });
  });
});

describe('folders that are classes', () => {
  it.each([
    ['train', 'plane'],
    ['test_tube', 'beaker'],
    ['bullet_train', 'tram'],
    ['evaluator', 'developer'],
  ])('may be called "%s" and "%s"', async (one, other) => {
    imageTree(root, { [one]: 6, [other]: 6 });
    expect((await open()).classes).toEqual([one, other].sort());
  });

  it('may have folders in them, whose names differ', async () => {
    imageTree(root, { 'cat/indoor': 4, 'cat/garden': 4, 'dog/park': 8 });
    const { classes, counts } = await open();
    expect(classes).toEqual(['cat', 'dog']);
    expect(counts.train + counts.validation + counts.test).toBe(16);
  });
});

describe('a folder that can be read in two ways is refused with both readings and the flags', () => {
  const refused = (fields?: object) =>
    open(fields).then(
      () => expect.unreachable(),
      (error) => {
        expect(error.code).toBe('bad-data');
        expect(error.message).toContain('can be read in two ways');
        return error.message as string;
      },
    );

  it('folds', async () => {
    splits({ fold_0: 4, fold_1: 4, fold_2: 4 });
    const message = await refused();
    expect(message).toContain('(1) the classes are a and b, in 3 parts');
    expect(message).toContain('[--split validation=fold_0]');
    expect(message).toContain('(2) the classes are fold_0, fold_1 and fold_2 [--split none]');
    const folds = await open({ splits: { validation: ['fold_0'] } });
    expect(folds.classes).toEqual(['a', 'b']);
    expect(folds.counts).toEqual({ train: 14, validation: 8, test: 2 });
    expect((await open({ splits: 'none' })).classes).toEqual(['fold_0', 'fold_1', 'fold_2']);
  });

  it('years', async () => {
    splits({ 2022: 5, 2023: 5 });
    expect(await refused()).toContain('[--split train=2022,test=2023]');
    const { counts } = await open({ splits: { train: ['2022'], test: ['2023'] } });
    expect(counts).toEqual({ train: 8, validation: 2, test: 10 });
    expect((await open({ splits: { train: ['*'] } })).counts).toEqual({ train: 16, validation: 2, test: 2 });
  });

  it('splits without one to train on', async () => {
    splits({ val: 5, test: 5 });
    expect(await refused()).toContain('the training split is missing');
    expect((await open({ splits: 'none' })).classes).toEqual(['test', 'val']);
  });

  it('splits whose images have no class', async () => {
    imageTree(root, { train: 5, test: 5 });
    expect(await refused()).toContain('give a table');
  });

  it('a test folder without classes beside the folders of classes', async () => {
    imageTree(root, { cat: 9, dog: 9, test: 9 });
    expect(await refused()).toContain('[--leave-out test]');
    expect((await open({ leaveOut: ['test'] })).classes).toEqual(['cat', 'dog']);
    expect((await open({ splits: 'none' })).classes).toEqual(['cat', 'dog', 'test']);
  });

  it('a class called train that has folders', async () => {
    imageTree(root, { 'train/freight': 4, 'train/passenger': 4, plane: 8, ship: 8 });
    expect(await refused()).toContain('[--split none]');
    expect((await open({ splits: 'none' })).classes).toEqual(['plane', 'ship', 'train']);
    expect((await open({ splits: { train: ['train'] } })).classes).toEqual(['freight', 'passenger']);
  });

  it('two folders for one split', async () => {
    splits({ train: 5, val: 2, valid: 2 });
    await expect(open()).rejects.toThrow(
      /expected one validation folder, got train, val, valid; --split validation=valid/,
    );
  });

  it('and a name that is not there is refused with those that are', async () => {
    splits({ one: 5, two: 5 });
    await expect(open({ splits: { train: ['three'] } })).rejects.toThrow(
      /data.splits.train: expected folders of .*photos \(one and two\), got "three"/,
    );
  });
});

describe('the plan of a folder, which opens no image', () => {
  it('counts the classes and the training images that opening finds', async () => {
    splits({ Training: 10, Testing: 2 });
    mkdirSync(path.join(root, 'Training/labels'));
    writeFileSync(path.join(root, 'Training/labels/a.txt'), 'x');
    const spec = specOf({});
    expect(await sourceOf(spec).classes(spec)).toBe((await open()).classes.length);
    expect(await sourceOf(spec).count(spec)).toBe((await open()).counts.train);
  });
});
