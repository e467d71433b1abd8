import { copyFile, link, mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from '../../../../search/base/parse.js';
import { type DatasetSpec, datasetSchema } from '../../../../search/plan/dataset.js';
import { openDataset } from '../../../../workers/data/open.js';

const names = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ');
const recordBytes = 3073;
const records = 10_000;

/** A file of the official form: record i has label i mod 10, red i mod 256, green 7 and blue the row of the pixel. */
function batch(): Buffer {
  const bytes = Buffer.alloc(records * recordBytes, 7);
  for (let i = 0; i < records; i++) {
    const at = i * recordBytes;
    bytes[at] = i % 10;
    bytes.fill(i % 256, at + 1, at + 1025);
    for (let row = 0; row < 32; row++) bytes.fill(row, at + 2049 + row * 32, at + 2049 + (row + 1) * 32);
  }
  return bytes;
}

let folder: string;
let root: string;
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'triscale-cifar10-'));
  await writeFile(path.join(folder, 'batch'), batch());
});
afterAll(() => rm(folder, { recursive: true }));

/** A folder of links to the one file, so that a test may replace one of them. */
beforeEach(async () => {
  root = path.join(folder, `root${count++}`);
  await mkdir(root);
  await writeFile(path.join(root, 'batches.meta.txt'), `${names.join('\n')}\n\n`);
  for (const name of [...[1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`), 'test_batch.bin']) {
    await link(path.join(folder, 'batch'), path.join(root, name));
  }
});

const open = (fields: Record<string, unknown> = {}) =>
  openDataset(
    parse(datasetSchema, { source: 'cifar10', path: root, limitPerClass: 20, ...fields }, '') as DatasetSpec,
    {
      cacheFolder: path.join(folder, 'cache'),
    },
  );

/** Takes the file out of the links and changes it. */
async function change(name: string, how: (file: string) => Promise<void>): Promise<void> {
  const file = path.join(root, name);
  await rm(file, { force: true });
  await copyFile(path.join(folder, 'batch'), file);
  await how(file);
}

describe('cifar10', () => {
  it('reads the classes, the splits and the planes of the official files', async () => {
    const dataset = await open();
    expect(dataset.classes).toEqual(names);
    expect(dataset.counts).toEqual({ train: 200, validation: 5000, test: 10_000 });
    expect(dataset.nativeResolutionPx).toBe(32);
    expect(dataset.bad).toEqual([]);
    const { shape, count, pixels, labels } = await dataset.load('train', 32);
    expect([shape, count]).toEqual([[32, 32, 3], 200]);
    expect([0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((c) => labels.filter((l) => l === c).length)).toEqual(Array(10).fill(20));
    for (const image of [0, 57, 199]) {
      const pixel = (row: number, column: number) =>
        pixels.subarray(((image * 32 + row) * 32 + column) * 3).slice(0, 3);
      expect([...pixel(0, 0)].slice(1)).toEqual([7, 0]);
      expect([...pixel(31, 5)].slice(1)).toEqual([7, 31]);
      expect(pixel(9, 9)[0]).toBe(pixel(0, 0)[0]);
    }
    const half = await dataset.load('train', 16);
    expect([...half.pixels.subarray(0, 3)].slice(1)).toEqual([7, 1]);
  });

  it('names a file that is missing, one of another length, and a wrong list of classes', async () => {
    await rm(path.join(root, 'data_batch_4.bin'));
    await expect(open()).rejects.toMatchObject({
      code: 'missing-file',
      message: `${path.join(root, 'data_batch_4.bin')}: expected a file of CIFAR-10's binary version, got ENOENT`,
    });
    await change('data_batch_2.bin', (file) => truncate(file, 30_000_000));
    await expect(open()).rejects.toMatchObject({
      code: 'bad-data',
      message: `${path.join(root, 'data_batch_2.bin')}: expected 30730000 bytes, got 30000000`,
    });
    await writeFile(path.join(root, 'batches.meta.txt'), 'cat\ndog\n');
    await expect(open()).rejects.toMatchObject({
      code: 'bad-data',
      message: expect.stringContaining('batches.meta.txt'),
    });
  });

  it('names and counts an image whose label is none', async () => {
    await change('data_batch_3.bin', async (file) => {
      const bytes = batch();
      bytes[17 * recordBytes] = 12;
      await writeFile(file, bytes);
    });
    const { bad } = await open();
    expect(bad).toEqual([
      { path: `${path.join(root, 'data_batch_3.bin')}#17`, reason: 'expected a label from 0 to 9, got 12' },
    ]);
  });

  it('has another digest when a byte of an image differs', async () => {
    const before = (await open()).digest;
    expect((await open()).digest).toBe(before);
    await change('test_batch.bin', async (file) => {
      const bytes = batch();
      bytes[99] = 255 - (bytes[99] ?? 0);
      await writeFile(file, bytes);
    });
    expect((await open()).digest).not.toBe(before);
  });
});
