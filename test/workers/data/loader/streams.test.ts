import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { datasetSchema } from '../../../../search/plan/dataset.js';
import { closeImages, type Dataset, type Images } from '../../../../workers/data/dataset.js';
import { IndexFile } from '../../../../workers/data/index-file.js';
import { type Batch, evaluationBatches, trainingBatches } from '../../../../workers/data/loader/batches.js';
import { cacheRoom } from '../../../../workers/data/loader/cache-room.js';
import { openDataset } from '../../../../workers/data/open.js';
import { fileBytes, PixelFile } from '../../../../workers/data/pixel-file.js';
import { scratchFolder } from '../../../support/scratch.js';
import { imageTree } from '../../../support/small-images.js';

const scratch = scratchFolder('streams');
let root: string;
let cacheFolder: string;
let count = 0;
beforeEach(() => {
  root = path.join(scratch, `${count++}`, 'photos');
  cacheFolder = path.join(root, '../cache');
});

const folder = () => datasetSchema.parse({ source: 'folder', path: root });
const open = (spec = folder(), options: { memoryBytes?: number; threads?: number } = {}) =>
  openDataset(spec, { cacheFolder, ...options });
const squares = () =>
  existsSync(path.join(cacheFolder, 'squares')) ? readdirSync(path.join(cacheFolder, 'squares')) : [];

/** Everything that an engine is given, hashed batch by batch. */
async function hashes(batches: AsyncIterable<Batch>): Promise<string[]> {
  const found: string[] = [];
  for await (const { pixels, labels, count: images, variations, shape } of batches) {
    const hash = createHash('sha256').update(pixels.slice(0, images * shape[0] * shape[1] * 3));
    hash.update(labels.slice(0, images)).update(JSON.stringify([...(variations ?? []).slice(0, 3 * images)]));
    found.push(hash.digest('hex'));
  }
  return found;
}

const order = { batch: 8, seed: 5, flip: true, cropPadding: 0.25 };

/** Two epochs of training and one of evaluation. */
async function batchesOf(dataset: Dataset, px = 8): Promise<string[]> {
  const train = await dataset.open('train', px);
  const validation = await dataset.open('validation', px);
  try {
    return [
      ...(await hashes(trainingBatches(train, { ...order, epoch: 1 }))),
      ...(await hashes(trainingBatches(train, { ...order, epoch: 2 }))),
      ...(await hashes(evaluationBatches(validation, order.batch))),
    ];
  } finally {
    await closeImages(train);
    await closeImages(validation);
  }
}

const isStream = (images: Images) => !('pixels' in images);

describe('images that are not in memory give the batches that images in memory give, to the last bit', () => {
  it('decoded by one, two and five threads, and read from the cache', async () => {
    imageTree(root, { a: 50, b: 50 });
    const expected = await batchesOf(await open());
    expect(expected).toHaveLength(10 + 10 + 2);
    for (const threads of [1, 2, 5]) {
      const dataset = await open(folder(), { memoryBytes: 0, threads });
      const images = await dataset.open('train', 8);
      expect(isStream(images)).toBe(true);
      await closeImages(images);
      expect(await batchesOf(dataset)).toEqual(expected);
    }
    const dataset = await open(folder(), { memoryBytes: 0, threads: 2 });
    expect(await dataset.prepare('train', 8)).toBe(true);
    expect(await dataset.prepare('validation', 8)).toBe(true);
    expect(squares()).toHaveLength(2);
    // Nothing is decoded any more.
    for (const name of readdirSync(path.join(root, 'a'))) rmSync(path.join(root, 'a', name));
    expect(await batchesOf(dataset)).toEqual(expected);
  });

  it('of every kind of source that draws or holds pixels itself', async () => {
    const spec = datasetSchema.parse({ source: 'shapes', train: 48, validation: 24, test: 12 });
    const expected = await batchesOf(await open(spec), 24);
    expect(await batchesOf(await open(spec, { memoryBytes: 0, threads: 3 }), 24)).toEqual(expected);
  });

  it('when an epoch is left in its middle and another is begun', async () => {
    imageTree(root, { a: 50, b: 50 });
    const dataset = await open(folder(), { memoryBytes: 0, threads: 2 });
    const train = await dataset.open('train', 8);
    const whole = await hashes(trainingBatches(train, { ...order, epoch: 2 }));
    for await (const _ of trainingBatches(train, { ...order, epoch: 1 })) break;
    expect(await hashes(trainingBatches(train, { ...order, epoch: 2 }))).toEqual(whole);
    await closeImages(train);
  });
});

describe('a stream', () => {
  beforeEach(() => imageTree(root, { a: 30, b: 30 }));

  it('names an image that has changed, or is gone, when its batch is due', async () => {
    const dataset = await open(folder(), { memoryBytes: 0, threads: 2 });
    const train = await dataset.open('train', 8);
    renameSync(path.join(root, 'a'), path.join(root, 'moved'));
    await expect(hashes(trainingBatches(train, { ...order, epoch: 1 }))).rejects.toMatchObject({
      code: 'bad-data',
      message: expect.stringMatching(
        /photos\/a\/\d+.ppm: expected the image that the dataset was opened with, got: ENOENT/,
      ),
    });
    renameSync(path.join(root, 'moved'), path.join(root, 'a'));
    for (const name of readdirSync(path.join(root, 'a'))) {
      const file = path.join(root, 'a', name);
      const bytes = readFileSync(file);
      bytes[bytes.length - 1]! ^= 1;
      writeFileSync(file, bytes);
      utimesSync(file, 1, 1);
    }
    await expect(hashes(trainingBatches(train, { ...order, epoch: 1 }))).rejects.toThrow(/its content has changed/);
    await closeImages(train);
  });

  it('decodes an image again that the cache has damaged, and all where the file is not whole', async () => {
    const expected = await batchesOf(await open());
    const dataset = await open(folder(), { memoryBytes: 0, threads: 2 });
    await dataset.prepare('train', 8);
    const [name] = squares();
    const file = path.join(cacheFolder, 'squares', name as string);
    const bytes = readFileSync(file);
    bytes[bytes.length - 5]! ^= 255;
    writeFileSync(file, bytes);
    expect(await batchesOf(dataset)).toEqual(expected);
    truncateSync(file, bytes.length - 1);
    expect(await batchesOf(dataset)).toEqual(expected);
  });

  it('cannot be read from after it is closed', async () => {
    const dataset = await open(folder(), { memoryBytes: 0, threads: 1 });
    const train = await dataset.open('train', 8);
    await closeImages(train);
    await expect(hashes(trainingBatches(train, { ...order, epoch: 1 }))).rejects.toThrow(/ended/);
  });
});

describe('the list of a large dataset', () => {
  const listed = () => readdirSync(path.join(cacheFolder, 'opened'));
  const openKnown = (digest: string | null) =>
    openDataset(folder(), { cacheFolder, memoryBytes: 0, threads: 2, listedImages: 10, digest });

  it('opens it again without looking at its files, with the same facts and the same batches', async () => {
    imageTree(root, { a: 30, b: 30 });
    writeFileSync(path.join(root, 'a/cut.ppm'), 'P6 9 9 255\n');
    const first = await openKnown(null);
    const expected = await batchesOf(first);
    expect(listed()).toHaveLength(1);
    rmSync(path.join(cacheFolder, 'scans'), { recursive: true });
    writeFileSync(path.join(root, 'b/new.ppm'), 'P6 9 9 255\n');
    const again = await openKnown(first.digest);
    expect(await batchesOf(again)).toEqual(expected);
    const { load: _, open: __, prepare: ___, ...facts } = first;
    expect(again).toMatchObject(facts);
    expect((await again.load('test', 4)).labels.length).toBe(first.counts.test);
    // Nobody has looked at the files.
    expect(existsSync(path.join(cacheFolder, 'scans'))).toBe(false);
  });

  it('is not used under another digest, nor where it is damaged', async () => {
    imageTree(root, { a: 30, b: 30 });
    const first = await openKnown(null);
    const file = path.join(cacheFolder, 'opened', listed()[0] as string);
    const whole = readFileSync(file);
    expect((await openKnown('0'.repeat(64))).digest).toBe(first.digest);
    for (const damaged of [
      whole.subarray(0, whole.length - 3),
      Buffer.alloc(40),
      Buffer.from(whole).fill(7, whole.length - 400, whole.length - 300),
    ]) {
      writeFileSync(file, damaged);
      expect(IndexFile.open(file)).toBeNull();
      expect((await openKnown(first.digest)).digest).toBe(first.digest);
      expect(readFileSync(file)).toEqual(whole);
    }
  });

  it('is not written for a small one', async () => {
    imageTree(root, { a: 5, b: 5 });
    await openKnown(null);
    expect(existsSync(path.join(cacheFolder, 'opened'))).toBe(false);
  });
});

describe('memory', () => {
  it('is used for what is small, and for nothing else', async () => {
    imageTree(root, { a: 20, b: 20 });
    const bytes = 32 * 8 * 8 * 3;
    for (const [memoryBytes, expected] of [
      [bytes, false],
      [bytes - 1, true],
    ] as const) {
      const images = await (await open(folder(), { memoryBytes, threads: 1 })).open('train', 8);
      expect(isStream(images)).toBe(expected);
      await closeImages(images);
    }
  });
});

describe('the cache of decoded images', () => {
  it('takes no more than its budget, and no more than half of what is free', async () => {
    mkdirSync(path.join(cacheFolder, 'squares'), { recursive: true });
    expect(await cacheRoom(cacheFolder, { TRISCALE_CACHE_BYTES: '1000' })).toBe(1000);
    writeFileSync(path.join(cacheFolder, 'squares/x'), Buffer.alloc(400));
    expect(await cacheRoom(cacheFolder, { TRISCALE_CACHE_BYTES: '1000' })).toBe(600);
    expect(await cacheRoom(cacheFolder, { TRISCALE_CACHE_BYTES: '300' })).toBe(0);
    expect(await cacheRoom(cacheFolder, { TRISCALE_CACHE_BYTES: '1e30' })).toBeLessThan(1e18);
  });

  it('is not written where it would not fit: the images are decoded as they are needed', async () => {
    imageTree(root, { a: 20, b: 20 });
    const before = process.env.TRISCALE_CACHE_BYTES;
    process.env.TRISCALE_CACHE_BYTES = '100';
    try {
      const dataset = await open(folder(), { memoryBytes: 0, threads: 1 });
      expect(await dataset.prepare('train', 8)).toBe(false);
      expect(squares()).toEqual([]);
    } finally {
      if (before === undefined) delete process.env.TRISCALE_CACHE_BYTES;
      else process.env.TRISCALE_CACHE_BYTES = before;
    }
  });
});

describe('a file of decoded images', () => {
  const run = async function* (runs: readonly number[], bytesEach: number) {
    let next = 0;
    for (const images of runs) {
      const pixels = Uint8Array.from({ length: images * bytesEach }, () => next++ % 251);
      yield { count: images, pixels };
    }
  };

  it('gives any of its images, and is written whole or not at all', async () => {
    mkdirSync(scratch, { recursive: true });
    const file = path.join(scratch, 'pixels');
    await PixelFile.write(file, 7, 12, run([3, 3, 1], 12));
    expect(readFileSync(file)).toHaveLength(fileBytes(7, 12));
    const opened = (await PixelFile.open(file, 7, 12)) as PixelFile;
    const target = new Uint8Array(24);
    for (const place of [6, 0, 3]) {
      expect(await opened.read(place, target, 12)).toBe(true);
      expect([...target.subarray(12)]).toEqual(Array.from({ length: 12 }, (_, i) => (place * 12 + i) % 251));
    }
    await opened.close();
    expect(await PixelFile.open(file, 8, 12)).toBeNull();
    expect(await PixelFile.open(file, 7, 13)).toBeNull();
    const failing = path.join(scratch, 'failing');
    await expect(PixelFile.write(failing, 7, 12, run([3], 12))).rejects.toThrow('3 of 7 images were written');
    expect(readdirSync(scratch).filter((name) => name.startsWith('failing'))).toEqual([]);
  });
});
