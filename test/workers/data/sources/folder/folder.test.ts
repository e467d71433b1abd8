import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rename, rm, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { beforeEach, describe, expect, it } from 'vitest';
import { datasetSchema } from '../../../../../search/plan/dataset.js';
import { type Dataset, splits } from '../../../../../workers/data/dataset.js';
import { openDataset } from '../../../../../workers/data/open.js';
import { missing, sharedData } from '../../../../support/parts.js';
import { scratchFolder } from '../../../../support/scratch.js';

const scratch = scratchFolder('folder');
let root: string;
let cacheFolder: string;
let count = 0;
beforeEach(async () => {
  root = path.join(scratch, `${count}`, 'photos');
  cacheFolder = path.join(scratch, `${count++}`, 'cache');
  await mkdir(root, { recursive: true });
});

type Rgb = { r: number; g: number; b: number };

async function image(name: string, { r, g, b }: Rgb = { r: 200, g: 100, b: 50 }, side = 12): Promise<string> {
  const file = path.join(root, name);
  await mkdir(path.dirname(file), { recursive: true });
  await sharp({ create: { width: side, height: side, channels: 3, background: { r, g, b } } }).toFile(file);
  return file;
}

/** `each` pictures of every class, no two alike. */
async function classes(names: readonly string[], each: number, folder = ''): Promise<void> {
  for (const [c, name] of names.entries()) {
    for (let i = 0; i < each; i++) {
      await image(path.join(folder, name, `${i}.png`), { r: 10 * i, g: 80 * c, b: folder.length });
    }
  }
}

const open = (fields: Record<string, unknown> = {}, onProgress?: (share: number) => void) =>
  openDataset(datasetSchema.parse({ source: 'folder', path: root, ...fields }), {
    cacheFolder,
    ...(onProgress ? { onProgress } : {}),
  });

const bytesOf = async (dataset: Dataset, resolutionPx = 8) =>
  Promise.all(splits.map(async (split) => [...(await dataset.load(split, resolutionPx)).pixels]));

describe('the layout of a folder', () => {
  it('may be classes alone, which the seed splits', async () => {
    await classes(['dog', 'cat'], 10);
    const dataset = await open({ validation: 0.2, test: 0.2 });
    expect(dataset.classes).toEqual(['cat', 'dog']);
    expect(dataset.counts).toEqual({ train: 12, validation: 4, test: 4 });
    expect(dataset.nativeResolutionPx).toBe(12);
    const { shape, count, pixels, labels } = await dataset.load('train', 8);
    expect([shape, count, pixels.length]).toEqual([[8, 8, 3], 12, 12 * 192]);
    // The green channel says the class: 80 for cat, which was made second.
    for (let i = 0; i < count; i++) expect(pixels[i * 192 + 1]).toBe(labels[i] === 0 ? 80 : 0);
  });

  it.each(['validation', 'val'])('may be train, test and %s', async (validation) => {
    await classes(['a', 'b'], 5, 'train');
    await classes(['a', 'b'], 2, 'test');
    await classes(['a', 'b'], 3, validation);
    const dataset = await open();
    expect(dataset.counts).toEqual({ train: 10, validation: 6, test: 4 });
    expect((await dataset.load('test', 4)).pixels[2]).toBe('test'.length);
    expect((await dataset.load('validation', 4)).pixels[2]).toBe(validation.length);
  });

  it('may have a class called train', async () => {
    await classes(['plane', 'train'], 5);
    expect((await open()).classes).toEqual(['plane', 'train']);
  });

  it('may hold folders in classes, links to classes, hidden files and files that are no images', async () => {
    await classes(['a', 'b'], 4);
    await image('a/more/9.jpeg');
    await writeFile(path.join(root, 'a/notes.txt'), 'not an image');
    await writeFile(path.join(root, 'a/._0.png'), 'what macOS leaves behind');
    await mkdir(path.join(root, '.hidden'));
    await rename(path.join(root, 'b'), path.join(root, '../elsewhere'));
    await symlink(path.join(root, '../elsewhere'), path.join(root, 'b'));
    const { counts, bad } = await open({ test: 0 });
    expect([counts.train + counts.validation, bad]).toEqual([9, []]);
  });
});

describe('decoding', () => {
  /** The first pixel of the only training image of class a, at this resolution. */
  async function decoded(write: (file: string) => Promise<unknown>, name = 'x.png', resolutionPx = 1) {
    await classes(['a', 'b'], 1, 'train');
    await classes(['a', 'b'], 1, 'validation');
    await rm(path.join(root, 'train/a/0.png'));
    await write(path.join(root, 'train/a', name));
    const dataset = await open({ test: 0 });
    expect(dataset.bad).toEqual([]);
    return [...(await dataset.load('train', resolutionPx)).pixels.subarray(0, 3 * resolutionPx ** 2)];
  }
  const raw = (width: number, height: number, pixels: readonly number[], channels: 1 | 3 | 4 = 3) =>
    sharp(Uint8Array.from(pixels), { raw: { width, height, channels } });

  it('turns a picture as its EXIF data say', async () => {
    // Red on the left, blue on the right; orientation 6 turns it clockwise, so that red comes to the top.
    const row = [...Array(8).fill([255, 0, 0]), ...Array(8).fill([0, 0, 255])].flat();
    const pixels = Array(16).fill(row).flat();
    const file = (name: string) => raw(16, 16, pixels).withMetadata({ orientation: 6 }).png().toFile(name);
    const [r, , b, , , , lastR, , lastB] = await decoded(file, 'x.png', 2).then((p) => [
      ...p.slice(0, 6),
      ...p.slice(9),
    ]);
    expect(r).toBeGreaterThan(200);
    expect(b).toBeLessThan(55);
    expect(lastR).toBeLessThan(55);
    expect(lastB).toBeGreaterThan(200);
  });

  it('makes grey, 16-bit, CMYK and transparent pictures RGB bytes, transparency white', async () => {
    expect(await decoded((f) => raw(2, 2, [90, 90, 90, 90], 1).toColourspace('b-w').png().toFile(f))).toEqual([
      90, 90, 90,
    ]);
    expect(await decoded((f) => raw(1, 1, [200, 10, 30]).toColourspace('rgb16').png().toFile(f))).toEqual([
      200, 10, 30,
    ]);
    expect(await decoded((f) => raw(1, 1, [0, 0, 0, 0], 4).png().toFile(f))).toEqual([255, 255, 255]);
    expect(await decoded((f) => raw(1, 1, [0, 0, 0, 255], 4).webp({ lossless: true }).toFile(f), 'w.webp')).toEqual([
      0, 0, 0,
    ]);
    const [r = 0, g = 0, b = 0] = await decoded(
      (f) => raw(1, 1, [255, 0, 0]).toColourspace('cmyk').jpeg().toFile(f),
      'v.jpg',
    );
    expect(r).toBeGreaterThan(180);
    expect(Math.max(g, b)).toBeLessThan(90);
  });

  it('cuts the middle out of a wide picture', async () => {
    const row = [...Array(10).fill([255, 0, 0]), ...Array(10).fill([0, 255, 0]), ...Array(10).fill([0, 0, 255])].flat();
    const [r = 0, g = 0, b = 0] = await decoded((f) => raw(30, 10, Array(10).fill(row).flat()).png().toFile(f));
    // The kernel reaches a little over the edges of the cut.
    expect(g).toBeGreaterThan(200);
    expect(Math.max(r, b)).toBeLessThan(30);
  });
});

describe('what cannot be used', () => {
  it('is left out, named and counted: cut off, no image, empty, a broken link', async () => {
    await classes(['a', 'b'], 6);
    const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 256);
    const cut = path.join(root, 'a/cut.jpg');
    await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } }).toFile(cut);
    await truncate(cut, Math.floor((await stat(cut)).size / 2));
    await writeFile(path.join(root, 'a/text.jpg'), 'not an image at all');
    await writeFile(path.join(root, 'b/empty.png'), '');
    await symlink('/nowhere/at/all.png', path.join(root, 'b/broken.png'));
    for (const _ of ['when read', 'from the cache']) {
      const { counts, bad } = await open();
      expect(counts.train + counts.validation + counts.test).toBe(12);
      expect(bad.map((one) => path.relative(root, one.path)).sort()).toEqual([
        'a/cut.jpg',
        'a/text.jpg',
        'b/broken.png',
        'b/empty.png',
      ]);
      for (const { reason } of bad) expect(reason).toMatch(/\w+/);
    }
  });

  it('is forgotten when the file is mended', async () => {
    await classes(['a', 'b'], 6);
    await writeFile(path.join(root, 'a/0.png'), 'not an image');
    expect((await open()).bad).toHaveLength(1);
    await image('a/0.png');
    expect((await open()).bad).toEqual([]);
  });

  it.each([
    [
      'a folder that is not there',
      'missing-file',
      async () => rm(root, { recursive: true }),
      'photos: expected a folder that can be read, got ENOENT',
    ],
    [
      'a file in its place',
      'missing-file',
      async () => rm(root, { recursive: true }).then(() => writeFile(root, '')),
      'photos: expected a folder that can be read, got ENOTDIR',
    ],
    ['no class', 'bad-data', async () => {}, 'photos: expected the folders of at least 2 classes, got none'],
    [
      'a single class',
      'bad-data',
      () => classes(['cat'], 3),
      'photos: expected the folders of at least 2 classes, got only "cat"',
    ],
    [
      'an empty class',
      'bad-data',
      () => classes(['cat'], 9).then(async () => void (await mkdir(path.join(root, 'dog')))),
      'photos: expected at least one image of class "dog" for train, got none of 0',
    ],
    [
      'a class of damaged images',
      'bad-data',
      () =>
        classes(['cat'], 9).then(async () => {
          await mkdir(path.join(root, 'dog'));
          await writeFile(path.join(root, 'dog/1.jpg'), 'x');
        }),
      '(1 could not be used, such as',
    ],
    [
      'a class that train lacks',
      'bad-data',
      () => classes(['a', 'b'], 3, 'train').then(() => classes(['a', 'c'], 3, 'test')),
      'got "c"',
    ],
    [
      'a class that test lacks',
      'bad-data',
      () => classes(['a', 'b'], 3, 'train').then(() => classes(['a'], 3, 'test')),
      'expected at least one image of class "b" for test, got none of 3',
    ],
    [
      'two validation folders',
      'bad-data',
      () =>
        classes(['a', 'b'], 3, 'train')
          .then(() => classes(['a'], 1, 'val'))
          .then(() => classes(['a'], 1, 'validation')),
      'photos: expected one validation folder',
    ],
  ] as const)('is refused: %s', async (_, code, make, message) => {
    await make();
    await expect(open()).rejects.toMatchObject({ name: 'InputError', code, message: expect.stringContaining(message) });
  });
});

describe('the digest', () => {
  const digestOf = async (fields = {}) => (await open({ validation: 0.2, ...fields })).digest;
  beforeEach(() => classes(['a', 'b'], 10));

  it('depends neither on the place, nor on dates, nor on the resolution', async () => {
    const dataset = await open({ validation: 0.2 });
    await dataset.load('train', 8);
    await dataset.load('train', 11);
    const { digest } = dataset;
    await cp(root, `${root}-2`, { recursive: true });
    await utimes(path.join(root, 'a/1.png'), 1, 1);
    expect(await digestOf()).toBe(digest);
    expect(await digestOf({ path: `${root}-2` })).toBe(digest);
  });

  it('covers the bytes, the names and the split', async () => {
    const digest = await digestOf();
    const others = [
      await digestOf({ seed: 2 }),
      await digestOf({ limitPerClass: 3 }),
      await digestOf({ validation: 0.3 }),
    ];
    await rename(path.join(root, 'a/1.png'), path.join(root, 'a/one.png'));
    others.push(await digestOf());
    await rename(path.join(root, 'a/one.png'), path.join(root, 'a/1.png'));
    expect(await digestOf()).toBe(digest);
    await image('a/1.png', { r: 1, g: 2, b: 3 });
    others.push(await digestOf());
    expect(new Set([digest, ...others]).size).toBe(6);
  });
});

describe('the cache', () => {
  beforeEach(() => classes(['a', 'b'], 10));
  const cached = async () =>
    (await readdir(cacheFolder, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name));

  it('reads images once: afterwards nothing is read, and nothing reports progress', async () => {
    const shares: number[] = [];
    const first = await open({}, (share) => shares.push(share));
    expect(shares.at(-1)).toBe(1);
    expect(shares).toHaveLength(20);
    const pixels = await bytesOf(first);
    const again = await open({}, () => expect.unreachable());
    for (const file of await readdir(path.join(root, 'a'))) await rm(path.join(root, 'a', file));
    expect(await bytesOf(again)).toEqual(pixels);
    expect(again.normalisation).toEqual(first.normalisation);
  });

  it('is made again where it is damaged, with the same pixels', async () => {
    const pixels = await bytesOf(await open());
    for (const file of await cached()) {
      const bytes = await readFile(file);
      bytes[bytes.length - 1]! ^= 255;
      await writeFile(file, bytes);
    }
    expect(await bytesOf(await open())).toEqual(pixels);
    await Promise.all((await cached()).map((file) => truncate(file, 60)));
    expect(await bytesOf(await open())).toEqual(pixels);
  });

  it('costs nothing but time where it cannot be written', async () => {
    await writeFile(cacheFolder, 'a file');
    const warnings: string[] = [];
    const dataset = await openDataset(datasetSchema.parse({ source: 'folder', path: root }), {
      cacheFolder,
      onWarning: (sentence) => warnings.push(sentence),
    });
    expect((await dataset.load('train', 8)).count).toBe(dataset.counts.train);
    expect(warnings.length).toBeGreaterThan(0);
    for (const warning of warnings) expect(warning).toContain(cacheFolder);
  });

  it('is not filled with an image that changed after opening; the next opening sees the change', async () => {
    const dataset = await open({ test: 0 });
    const file = path.join(root, 'a/1.png');
    const { mtime, size } = await stat(file);
    const bytes = await readFile(file);
    bytes[size - 1]! ^= 1;
    await writeFile(file, bytes);
    await utimes(file, mtime, mtime);
    const load = () => Promise.all([dataset.load('train', 9), dataset.load('validation', 9)]);
    await expect(load()).rejects.toMatchObject({ code: 'bad-data', message: expect.stringContaining(file) });
    const after = await open({ test: 0 });
    expect(after.digest).not.toBe(dataset.digest);
  });

  it('is filled by two processes at once, which see the same pixels and leave only whole files', async () => {
    const program = `
      import { createHash } from 'node:crypto';
      import { openDataset } from ${JSON.stringify(path.resolve(import.meta.dirname, '../../../../../dist/workers/data/open.js'))};
      const spec = { source: 'folder', path: process.argv[1], validation: 0.2, test: 0.2, seed: 1 };
      const dataset = await openDataset(spec, { cacheFolder: process.argv[2] });
      const hash = createHash('sha256').update(dataset.digest);
      for (const split of ['train', 'validation', 'test']) hash.update((await dataset.load(split, 8)).pixels);
      console.log(hash.digest('hex'));`;
    const run = async () =>
      (await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, root, cacheFolder])).stdout;
    const [one, other] = await Promise.all([run(), run()]);
    expect(one).toMatch(/^[0-9a-f]{64}\n$/);
    expect(other).toBe(one);
    expect(await run()).toBe(one);
    expect((await cached()).filter((file) => file.endsWith('.tmp'))).toEqual([]);
  });
});

const cifar = sharedData('cifar10.tar.gz');
describe.skipIf(missing(cifar))('the CIFAR-10 photographs of the shared data', () => {
  it('open with 20,000 training and 4,000 test images of 10 classes, none bad', async () => {
    await promisify(execFile)('tar', ['xzf', cifar.file, '-C', root]);
    const dataset = await open({ path: path.join(root, 'cifar10') });
    expect(dataset.bad).toEqual([]);
    expect(dataset.classes).toHaveLength(10);
    expect(dataset.counts).toEqual({ train: 18_000, validation: 2000, test: 4000 });
    expect(dataset.nativeResolutionPx).toBe(32);
    const test = await dataset.load('test', 32);
    expect([test.count, test.pixels.length]).toEqual([4000, 4000 * 32 * 32 * 3]);
    // Published for all of CIFAR-10: means 0.4914, 0.4822, 0.4465.
    expect(dataset.normalisation.mean[0]).toBeCloseTo(0.491, 1);
    // 24,000 files take longer to remove than a hook may take.
    await rm(root, { recursive: true });
  }, 300_000);
});
