import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { beforeEach, describe, expect, it } from 'vitest';
import { datasetSchema } from '../../../../../search/plan/dataset.js';
import { openDataset } from '../../../../../workers/data/open.js';
import { scratchFolder } from '../../../../support/scratch.js';
import { imageTree, smallImage, smallImages } from '../../../../support/small-images.js';

const scratch = scratchFolder('guests');
let root: string;
let count = 0;
beforeEach(() => {
  root = path.join(scratch, `${count++}`, 'photos');
  imageTree(root, { a: 8, b: 8 });
});

const open = (fields: object = {}) =>
  openDataset(datasetSchema.parse({ source: 'folder', path: root, ...fields }), {
    cacheFolder: path.join(root, '../cache'),
  });

function put(name: string, content: string | Buffer = 'x'): void {
  const file = path.join(root, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
}

describe('what is no class and no image is passed over, counted and named', () => {
  it.each([
    ['__MACOSX/a/._1.png', 'left behind by a system or an archive', '__MACOSX'],
    ['@eaDir/1.jpg', 'left behind by a system or an archive', '@eaDir'],
    ['$RECYCLE.BIN/1.jpg', 'left behind by a system or an archive', '$RECYCLE.BIN'],
    ['System Volume Information/x', 'left behind by a system or an archive', 'System Volume Information'],
    ['lost+found/x', 'left behind by a system or an archive', 'lost+found'],
    ['a/Thumbs.db', 'left behind by a system or an archive', 'a/Thumbs.db'],
    ['b/desktop.ini', 'left behind by a system or an archive', 'b/desktop.ini'],
    ['.ipynb_checkpoints/1.png', 'hidden', '.ipynb_checkpoints'],
    ['.git/config', 'hidden', '.git'],
    ['a/.DS_Store', 'hidden', 'a/.DS_Store'],
    ['a/._0.png', 'hidden', 'a/._0.png'],
    ['annotations/0.xml', 'in a folder without an image', 'annotations'],
    ['scripts/more/make.py', 'in a folder without an image', 'scripts'],
    ['a/0.txt', 'not an image', 'a/0.txt'],
    ['a/notes', 'not an image', 'a/notes'],
    ['README.md', 'beside the folders of classes', 'README.md'],
    ['loose.ppm', 'beside the folders of classes', 'loose.ppm'],
  ])('%s is %s', async (name, why, example) => {
    put(name);
    const { classes, passedOver, counts, bad } = await open();
    expect(classes).toEqual(['a', 'b']);
    expect(counts.train + counts.validation + counts.test).toBe(16);
    expect(bad).toEqual([]);
    expect(passedOver).toEqual([{ why, count: 1, example: path.join(root, example) }]);
  });

  it('counts all files of a kind', async () => {
    for (let i = 0; i < 5; i++) put(`__MACOSX/a/._${i}.png`);
    put('a/.DS_Store');
    put('b/.DS_Store');
    put('a/list.csv');
    const { passedOver } = await open();
    expect(passedOver.map(({ why, count }) => [why, count])).toEqual([
      ['left behind by a system or an archive', 5],
      ['hidden', 2],
      ['not an image', 1],
    ]);
  });

  it('leaves a class out that is named, in either spelling', async () => {
    imageTree(root, { 'cafe\u0301': 3 });
    const { classes, passedOver } = await open({ leaveOut: ['caf\u00e9'] });
    expect(classes).toEqual(['a', 'b']);
    expect(passedOver).toMatchObject([{ why: 'in a class that is left out', count: 3 }]);
  });
});

describe('names', () => {
  it('in two forms of Unicode are one class, in one split and across splits', async () => {
    imageTree(root, { 'caf\u00e9': 5, 'cafe\u0301': 5 });
    const { classes, counts } = await open();
    expect(classes).toEqual(['a', 'b', 'caf\u00e9']);
    expect(counts.train + counts.validation + counts.test).toBe(26);
    const split = path.join(scratch, 'forms');
    imageTree(split, { 'train/\u00e9': 5, 'train/b': 5, 'test/e\u0301': 2, 'test/b': 2 });
    expect((await open({ path: split })).counts).toEqual({ train: 8, validation: 2, test: 4 });
  });

  it.skipIf(process.platform === 'darwin' || process.platform === 'win32')(
    'that are not UTF-8 are read, of classes and of files',
    async () => {
      smallImages(Buffer.concat([Buffer.from(`${root}/caf`), Buffer.from([0xe9])]), 6);
      for (const byte of [0xe9, 0xe8]) {
        const name = Buffer.concat([Buffer.from(`${root}/a/x`), Buffer.from([byte]), Buffer.from('.ppm')]);
        writeFileSync(name, smallImage());
      }
      const dataset = await open();
      expect(dataset.classes).toEqual(['a', 'b', 'caf\u00e9']);
      expect(dataset.bad).toEqual([]);
      const { train, validation, test } = dataset.counts;
      expect(train + validation + test).toBe(24);
      const { pixels, count: images } = await dataset.load('train', 4);
      expect(pixels).toHaveLength(images * 48);
      expect((await open()).digest).toBe(dataset.digest);
    },
  );

  it('may be those of links to files and to classes; a link inside of a class to a folder is passed over', async () => {
    renameSync(path.join(root, 'b'), path.join(root, '../b'));
    symlinkSync(path.join(root, '../b'), path.join(root, 'b'));
    symlinkSync(path.join(root, '../b/0.ppm'), path.join(root, 'a/link.ppm'));
    const { counts, classes } = await open();
    expect(classes).toEqual(['a', 'b']);
    expect(counts.train + counts.validation + counts.test).toBe(17);
  });
});

describe('images are told by their content', () => {
  it('under no extension, a wrong one, and one in capitals', async () => {
    const png = await sharp({ create: { width: 5, height: 5, channels: 3, background: '#123456' } })
      .png()
      .toBuffer();
    put('a/picture', png);
    put('a/picture.dat', Buffer.concat([png, Buffer.from('1')]));
    put('a/picture.jpg', Buffer.concat([png, Buffer.from('2')]));
    put('a/picture.PNG', Buffer.concat([png, Buffer.from('3')]));
    const { counts, bad, passedOver } = await open();
    expect([bad, passedOver]).toEqual([[], []]);
    expect(counts.train + counts.validation + counts.test).toBe(20);
  });

  it('and named when they cannot be read here: HEIC, JPEG XL, JPEG 2000', async () => {
    put('a/1.heic', Buffer.from('00000018667479706865696300000000686569636d696631', 'hex'));
    put('a/2.jpg', Buffer.from('0000001866747970686569630000000068656963', 'hex'));
    put('a/3.jxl', Buffer.from('0000000c4a584c200d0a870a', 'hex'));
    put('a/4', Buffer.from('0000000c6a5020200d0a870a', 'hex'));
    const { bad } = await open();
    expect(bad.map(({ reason }) => reason)).toEqual([
      'HEIC cannot be decoded here: convert it to JPEG or PNG',
      'HEIC cannot be decoded here: convert it to JPEG or PNG',
      'JPEG XL cannot be decoded here: convert it to JPEG or PNG',
      'JPEG 2000 cannot be decoded here: convert it to JPEG or PNG',
    ]);
  });
});

describe('JPEGs with faults', () => {
  const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 256);
  const jpeg = () =>
    sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
      .jpeg()
      .toBuffer();

  /** Kinds that every viewer shows. */
  const harmless: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
    'the last coefficient of the scan written as 0': (bytes) => {
      const scan = bytes.indexOf(Buffer.from([0xff, 0xda]));
      bytes[scan + 2 + bytes.readUInt16BE(scan + 2) - 2] = 0;
      return bytes;
    },
    'bytes after the end': (bytes) => Buffer.concat([bytes, Buffer.alloc(500, 7)]),
    'an EXIF segment of zeros': (bytes) =>
      Buffer.concat([
        bytes.subarray(0, 2),
        Buffer.from([0xff, 0xe1, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0]),
        bytes.subarray(2),
      ]),
    'filling bytes before a marker': (bytes) => {
      const table = bytes.indexOf(Buffer.from([0xff, 0xdb]));
      return Buffer.concat([bytes.subarray(0, table), Buffer.from([0xff, 0xff]), bytes.subarray(table)]);
    },
    'stray bytes before a marker': (bytes) => {
      const table = bytes.indexOf(Buffer.from([0xff, 0xc4]));
      return Buffer.concat([bytes.subarray(0, table), Buffer.from([1, 2, 3]), bytes.subarray(table)]);
    },
  };
  it.each(Object.keys(harmless))('are used: %s', async (kind) => {
    put('a/x.jpg', harmless[kind]!(await jpeg()));
    expect((await open()).bad).toEqual([]);
  });

  it('are left out and named where the file is cut off', async () => {
    const bytes = await jpeg();
    for (const share of [0.3, 0.6, 0.9]) put(`a/${share}.jpg`, bytes.subarray(0, Math.floor(bytes.length * share)));
    const { bad } = await open();
    expect(bad.map(({ path: file }) => path.basename(file))).toEqual(['0.3.jpg', '0.6.jpg', '0.9.jpg']);
    expect(readFileSync(path.join(root, 'a/0.9.jpg')).length).toBeGreaterThan(0);
  });
});

describe('what a person should know before training', () => {
  it('copies across splits and across classes are counted with an example', async () => {
    const split = path.join(scratch, 'copies');
    imageTree(split, { 'train/a': 20, 'train/b': 20, 'test/a': 2, 'test/b': 2 });
    const copy = (from: string, to: string) =>
      writeFileSync(path.join(split, to), readFileSync(path.join(split, from)));
    for (let i = 0; i < 5; i++) copy(`train/a/${i}.ppm`, `test/a/c${i}.ppm`);
    for (let i = 10; i < 13; i++) copy(`train/a/${i}.ppm`, `train/b/c${i}.ppm`);
    const { notes } = await open({ path: split });
    expect(notes[0]).toMatch(/^5 pictures are in more than one split, such as .*train\/a\/0.ppm and test\/a\/c0.ppm/);
    expect(notes[1]).toMatch(
      /^3 pictures are in more than one class, such as train\/a\/1\d.ppm and train\/b\/c1\d.ppm/,
    );
  });

  it('a class with too few images is refused with a way on, and both ways lead on', async () => {
    imageTree(root, { c: 2 });
    await expect(open()).rejects.toThrow(/class "c" needs 3 different images.*has 2;.*--leave-out "c".*--split test=0/);
    expect((await open({ leaveOut: ['c'] })).classes).toEqual(['a', 'b']);
    expect((await open({ test: 0 })).classes).toEqual(['a', 'b', 'c']);
  });

  it('unequal classes: what always answering the largest gives', async () => {
    imageTree(path.join(scratch, 'unequal'), { a: 285, b: 15 });
    const { notes } = await open({ path: path.join(scratch, 'unequal') });
    expect(notes.join()).toContain('always answering "a" is right for 96.30 % of the validation images');
    expect((await open()).notes).toEqual([]);
  });

  it('10,000 classes open, each with its own label', async () => {
    const many = path.join(scratch, 'many');
    for (let c = 0; c < 10_000; c++) smallImages(path.join(many, String(c).padStart(5, '0')), 3);
    const dataset = await open({ path: many });
    expect(dataset.classes).toHaveLength(10_000);
    expect(dataset.counts).toEqual({ train: 10_000, validation: 10_000, test: 10_000 });
    const { labels } = await dataset.load('train', 1);
    expect(labels).toEqual(Uint16Array.from({ length: 10_000 }, (_, i) => i));
  }, 240_000);
});
