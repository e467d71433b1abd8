import { createWriteStream, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import { parquetWriteFile } from 'hyparquet-writer';
import { pack } from 'tar-stream';
import { beforeEach, describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { datasetSchema } from '../../../../search/plan/dataset.js';
import { openDataset } from '../../../../workers/data/open.js';
import { recogniseSource, sourceOf } from '../../../../workers/data/sources/index.js';
import { scratchFolder } from '../../../support/scratch.js';
import { imageTree, smallImage } from '../../../support/small-images.js';

const scratch = scratchFolder('files');
let root: string;
let count = 0;
beforeEach(() => {
  root = path.join(scratch, `${count++}`);
  mkdirSync(root, { recursive: true });
});

type Fields = Record<string, unknown>;
const specOf = (source: string, place: string, fields: Fields = {}) =>
  datasetSchema.parse({ source, path: place, ...fields });
const open = (source: string, place: string, fields: Fields = {}) =>
  openDataset(specOf(source, place, fields), { cacheFolder: path.join(root, 'cache') });

/** Opens, decodes and checks what every source must give; returns the counts by split. */
async function trained(source: string, place: string, fields: Fields = {}) {
  const spec = specOf(source, place, fields);
  expect(await recogniseSource(place)).toBe(source);
  const dataset = await open(source, place, fields);
  expect(await sourceOf(spec).classes(spec)).toBe(dataset.classes.length);
  const guess = (await sourceOf(spec).count(spec)) as number;
  expect(Math.abs(guess - dataset.counts.train)).toBeLessThanOrEqual(dataset.classes.length + 1);
  for (const split of ['train', 'validation', 'test'] as const) {
    const { pixels, labels, count: images } = await dataset.load(split, 4);
    expect(pixels).toHaveLength(images * 48);
    expect([...labels].every((label) => label < dataset.classes.length)).toBe(true);
  }
  const again = await open(source, place, fields);
  expect(again.digest).toBe(dataset.digest);
  return dataset;
}

/** The bytes of each split's images by class, sorted: what a source must give whatever it is kept in. */
async function contents(dataset: Awaited<ReturnType<typeof open>>) {
  const found: string[] = [];
  for (const split of ['train', 'validation', 'test'] as const) {
    const { pixels, labels } = await dataset.load(split, 4);
    labels.forEach((label, i) => {
      found.push(
        `${split} ${dataset.classes[label]} ${Buffer.from(pixels.subarray(i * 48, (i + 1) * 48)).toString('hex')}`,
      );
    });
  }
  return found.sort();
}

describe('a table', () => {
  const write = (name: string, lines: readonly string[]) => {
    const file = path.join(root, name);
    writeFileSync(file, `${lines.join('\n')}\n`);
    return file;
  };
  const rows = (each: number, line: (file: string, label: string, i: number) => string) =>
    ['cat', 'dog'].flatMap((label) => Array.from({ length: each }, (_, i) => line(`${label}${i}.ppm`, label, i)));
  /** Writes the pictures that `rows` names. */
  const pictures = (each: number, folder = '') => {
    mkdirSync(path.join(root, folder), { recursive: true });
    for (const label of ['cat', 'dog'])
      for (let i = 0; i < each; i++) writeFileSync(path.join(root, folder, `${label}${i}.ppm`), smallImage());
  };

  it('names path, label and split', async () => {
    pictures(12);
    const split = (i: number) => (i < 8 ? 'train' : i < 10 ? 'valid' : 'test');
    const file = write('all.csv', ['path,label,split', ...rows(12, (f, label, i) => `${f},${label},${split(i)}`)]);
    const { counts, classes, notes } = await trained('table', file);
    expect(classes).toEqual(['cat', 'dog']);
    expect(counts).toEqual({ train: 16, validation: 4, test: 4 });
    expect(notes).toEqual(['Read "valid" as the validation split.']);
  });

  it.each<[string, string, (file: string, label: string, i: number) => string]>([
    ['columns of other names and more of them', 'Id,File Name,Species', (f, label, i) => `${i},${f},${label}`],
    ['tabs', 'image\tclass', (f, label) => `${f}\t${label}`],
    ['semicolons', 'filename;category', (f, label) => `${f};${label}`],
    ['quotes', '"image_path","label"', (f, label) => `"${f}","${label}"`],
    ['a byte order mark', '\ufeffpath,label', (f, label) => `${f},${label}`],
    ['names without an extension', 'id,breed', (f, label) => `${f.replace('.ppm', '')},${label}`],
  ])('may have %s', async (_, head, line) => {
    pictures(10);
    for (const label of ['cat', 'dog'])
      for (let i = 0; i < 10; i++) writeFileSync(path.join(root, `${label}${i}.png`), smallImage());
    const file = write(head.includes('\t') ? 'all.tsv' : 'all.csv', [head, ...rows(10, line)]);
    const { counts, classes } = await trained('table', file);
    expect(classes).toEqual(['cat', 'dog']);
    expect(counts).toEqual({ train: 16, validation: 2, test: 2 });
  });

  it('may have no head, and pictures in a folder beside it', async () => {
    pictures(10, 'images');
    const { counts } = await trained(
      'table',
      write(
        'all.csv',
        rows(10, (f, label) => `${f},${label}`),
      ),
    );
    expect(counts).toEqual({ train: 16, validation: 2, test: 2 });
  });

  it('passes over rows without a path or a label and rows that are there twice, and names pictures that are missing', async () => {
    pictures(10);
    const lines = [
      'path,label',
      ...rows(10, (f, label) => `${f},${label}`),
      ',cat',
      'cat1.ppm,',
      'cat2.ppm,cat',
      'gone.ppm,dog',
    ];
    const { passedOver, bad, counts } = await trained('table', write('all.csv', lines));
    expect(passedOver.map(({ why, count }) => [why, count])).toEqual([
      ['a row that is there twice', 1],
      ['a row without a label', 1],
      ['a row without a path', 1],
    ]);
    expect(bad).toEqual([{ path: path.join(root, 'gone.ppm'), reason: 'cannot be read (ENOENT)' }]);
    expect(counts.train + counts.validation + counts.test).toBe(20);
  });

  it('orders classes that are numbers by their value', async () => {
    const lines = Array.from({ length: 120 }, (_, i) => {
      writeFileSync(path.join(root, `${i}.ppm`), smallImage());
      return `${i}.ppm,${i % 12}`;
    });
    const { classes } = await trained('table', write('all.csv', ['file,target', ...lines]));
    expect(classes).toEqual(Array.from({ length: 12 }, (_, i) => String(i)));
  });

  it('with folds is refused with both readings, and taken with either flag', async () => {
    pictures(12);
    const file = write('all.csv', ['path,label,fold', ...rows(12, (f, label, i) => `${f},${label},${i % 3}`)]);
    await expect(open('table', file)).rejects.toThrow(/two ways: .*--split validation=0.*--split none/);
    expect((await trained('table', file, { splits: { validation: ['0'] } })).counts).toEqual({
      train: 14,
      validation: 8,
      test: 2,
    });
    expect((await trained('table', file, { splits: 'none' })).counts).toEqual({ train: 20, validation: 2, test: 2 });
  });

  it('without the columns is refused with those that there are', async () => {
    await expect(open('table', write('all.csv', ['a,b', '1,2']))).rejects.toThrow(
      /expected a column with the path of a picture .*got the columns "a", "b"/,
    );
    await expect(open('table', path.join(root, 'none.csv'))).rejects.toMatchObject({ code: 'missing-file' });
  });
});

type Member = readonly [name: string, content: string | Buffer];

async function writeTar(name: string, members: readonly Member[]): Promise<string> {
  const file = path.join(root, name);
  mkdirSync(path.dirname(file), { recursive: true });
  const tar = pack();
  const written = pipeline(tar, createWriteStream(file));
  for (const [member, content] of members) tar.entry({ name: member }, content);
  tar.finalize();
  await written;
  return file;
}

/** Samples in WebDataset's convention. */
const samples = (from: number, each: number, label: (className: number) => Member): Member[] =>
  Array.from({ length: 2 * each }, (_, i) => {
    const key = String(from + i).padStart(6, '0');
    const [extension, content] = label(i % 2);
    return [[`${key}.ppm`, smallImage()] as const, [`${key}.${extension}`, content] as const];
  }).flat();

describe('tar shards', () => {
  it('in WebDataset’s convention hold numbers of classes, with names beside them, and splits in their names', async () => {
    await writeTar(
      'set-train-000000.tar',
      samples(0, 6, (c) => ['cls', String(c)]),
    );
    await writeTar(
      'set-train-000001.tar',
      samples(100, 6, (c) => ['cls', String(c)]),
    );
    await writeTar(
      'set-val-000000.tar',
      samples(200, 3, (c) => ['cls', String(c)]),
    );
    await writeTar(
      'set-test-000000.tar',
      samples(300, 2, (c) => ['cls', String(c)]),
    );
    writeFileSync(path.join(root, 'classes.txt'), 'zebra\nape\n');
    const { counts, classes } = await trained('tar', root);
    expect(classes).toEqual(['zebra', 'ape']);
    expect(counts).toEqual({ train: 24, validation: 6, test: 4 });
  });

  it.each<[string, (c: number) => Member]>([
    ['a JSON with a label', (c) => ['json', JSON.stringify({ label: c ? 'dog' : 'cat', width: 4 })]],
    ['a text', (c) => ['txt', c ? 'dog\n' : 'cat\n']],
    ['a class by name', (c) => ['cls', c ? 'dog' : 'cat']],
  ])('may hold labels as %s', async (_, label) => {
    await writeTar('data/00000.tar', samples(0, 10, label));
    const { counts, classes } = await trained('tar', path.join(root, 'data'));
    expect(classes).toEqual(['cat', 'dog']);
    expect(counts).toEqual({ train: 16, validation: 2, test: 2 });
  });

  it('pass over samples without an image or a label', async () => {
    const odd: Member[] = [
      ['lonely.cls', '1'],
      ['bare.ppm', smallImage()],
    ];
    await writeTar('0.tar', [...samples(0, 10, (c) => ['cls', String(c)]), ...odd]);
    const { passedOver } = await trained('tar', root);
    expect(passedOver.map(({ why, count }) => [why, count])).toEqual([
      ['images without a label', 1],
      ['samples without an image', 1],
    ]);
  });

  it('name a damaged image and leave it out', async () => {
    await writeTar('0.tar', [...samples(0, 10, (c) => ['cls', String(c)]), ['x.ppm', 'P6 9 9 255\n'], ['x.cls', '0']]);
    expect((await trained('tar', root)).bad).toEqual([
      { path: `${root}#0.tar/x.ppm`, reason: 'a pixmap that is cut off' },
    ]);
  });

  it('may be one tar file of a folder of images, with long names, read by the rules of folders', async () => {
    const long = 'a'.repeat(120);
    const members = ['cat', 'dog'].flatMap((name) => [
      ...Array.from({ length: 10 }, (_, i): Member => [`./photos/Training/${name}/${long}${i}.ppm`, smallImage()]),
      ...Array.from({ length: 3 }, (_, i): Member => [`./photos/Testing/${name}/${i}.ppm`, smallImage()]),
    ]);
    const file = await writeTar('photos.tar', [...members, ['./photos/__MACOSX/._x', 'x']]);
    const { counts, classes, passedOver } = await trained('tar', file);
    expect(classes).toEqual(['cat', 'dog']);
    expect(counts).toEqual({ train: 18, validation: 2, test: 6 });
    expect(passedOver).toMatchObject([{ why: 'left behind by a system or an archive', count: 1 }]);
  });

  it('that are cut off, compressed or no tar files are refused', async () => {
    const file = await writeTar(
      '0.tar',
      samples(0, 4, (c) => ['cls', String(c)]),
    );
    const whole = readFileSync(file);
    writeFileSync(file, gzipSync(whole, { level: 0 }));
    await expect(open('tar', file)).rejects.toThrow(/it is compressed/);
    writeFileSync(file, Buffer.alloc(2048, 7));
    await expect(open('tar', file)).rejects.toThrow(/expected a tar file/);
    writeFileSync(file, whole);
    truncateSync(file, 1024 + 512 + 20);
    await expect(open('tar', file)).rejects.toThrow(/cut off/);
    await expect(open('tar', path.join(root, 'none.tar'))).rejects.toMatchObject({ code: 'missing-file' });
  });
});

describe('Parquet files', () => {
  const features = (names: readonly string[]) => ({
    key: 'huggingface',
    value: JSON.stringify({ info: { features: { image: { _type: 'Image' }, label: { names, _type: 'ClassLabel' } } } }),
  });
  type Written = {
    readonly labels: readonly (number | null)[];
    readonly codec?: 'SNAPPY' | 'UNCOMPRESSED';
    readonly names?: readonly string[];
  };
  const write = (name: string, { labels, codec = 'SNAPPY', names }: Written) => {
    const image = labels.map((_, i) => ({ bytes: new Uint8Array(smallImage()), path: `${i}.ppm` }));
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    parquetWriteFile({
      filename: path.join(root, name),
      codec,
      rowGroupSize: 7,
      pageSize: 200,
      schema: [
        { name: 'root', num_children: 2 },
        { name: 'image', num_children: 2, repetition_type: 'OPTIONAL' },
        { name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
        { name: 'path', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
        { name: 'label', type: 'INT64', repetition_type: 'OPTIONAL' },
      ],
      columnData: [
        { name: 'image', data: image },
        { name: 'label', data: labels.map((label) => (label === null ? null : BigInt(label))) },
      ],
      ...(names ? { kvMetadata: [features(names)] } : {}),
    });
    return image.map(({ bytes }) => Buffer.from(bytes.subarray(11)).toString('hex'));
  };
  const labels = (each: number) => Array.from({ length: 2 * each }, (_, i) => i % 2);

  it.each(['SNAPPY', 'UNCOMPRESSED'] as const)(
    'in Hugging Face’s convention hold images, labels, names of classes and splits, %s',
    async (codec) => {
      const names = ['zebra', 'ape'];
      const train = write('data/train-00000-of-00002.parquet', { labels: labels(8), codec, names });
      write('data/train-00001-of-00002.parquet', { labels: labels(5), codec, names });
      write('data/validation-00000-of-00001.parquet', { labels: labels(3), codec, names });
      const test = write('data/test-00000-of-00001.parquet', { labels: labels(2), codec, names });
      const dataset = await trained('parquet', root);
      expect(dataset.classes).toEqual(names);
      expect(dataset.counts).toEqual({ train: 26, validation: 6, test: 4 });
      const found = await contents(dataset);
      expect(found).toEqual(expect.arrayContaining(train.map((pixels, i) => `train ${names[i % 2]} ${pixels}`)));
      expect(found.filter((one) => one.startsWith('test'))).toEqual(
        test.map((pixels, i) => `test ${names[i % 2]} ${pixels}`).sort(),
      );
    },
  );

  it('pass over rows without a label, and number the classes where no name is given', async () => {
    write('all.parquet', { labels: [...labels(10), null, 2, 2, 2] });
    const { classes, passedOver, counts } = await trained('parquet', path.join(root, 'all.parquet'));
    expect(classes).toEqual(['0', '1', '2']);
    expect(passedOver).toMatchObject([{ why: 'rows without a label', count: 1 }]);
    expect(counts.train + counts.validation + counts.test).toBe(23);
  });

  it('that are no Parquet files, or lack a column, are refused', async () => {
    writeFileSync(path.join(root, 'x.parquet'), 'x'.repeat(100));
    await expect(open('parquet', root)).rejects.toThrow(/x.parquet: expected a Parquet file/);
    parquetWriteFile({ filename: path.join(root, 'x.parquet'), columnData: [{ name: 'text', data: ['a', 'b'] }] });
    await expect(open('parquet', root)).rejects.toThrow(/expected a column of images .*got "text"/);
    await expect(open('parquet', path.join(root, 'none'))).rejects.toMatchObject({ code: 'missing-file' });
  });
});

describe('a zip file', () => {
  async function writeZip(name: string, files: readonly Member[], compress = true): Promise<string> {
    const file = path.join(root, name);
    const zip = new ZipFile();
    for (const [member, content] of files) zip.addBuffer(Buffer.from(content), member, { compress });
    zip.end();
    await pipeline(zip.outputStream, createWriteStream(file));
    return file;
  }
  const members = (each: number): Member[] =>
    ['train/cat', 'train/dog', 'valid/cat', 'valid/dog'].flatMap((folder) =>
      Array.from({ length: each }, (_, i): Member => [`photos/${folder}/${i}.ppm`, smallImage()]),
    );

  it.each([true, false])('is read in its place by the rules of folders (deflated: %s)', async (compress) => {
    const rest: Member[] = [
      ['__MACOSX/photos/._train', 'x'],
      ['photos/README', 'hello'],
    ];
    const { counts, classes, passedOver } = await trained(
      'zip',
      await writeZip('photos.zip', [...members(10), ...rest], compress),
    );
    expect(classes).toEqual(['cat', 'dog']);
    expect(counts).toEqual({ train: 18, validation: 20, test: 2 });
    expect(passedOver.map(({ why }) => why).sort()).toEqual([
      'beside the folders of classes',
      'left behind by a system or an archive',
    ]);
  });

  it('gives the pictures that the unpacked folder gives', async () => {
    const tree = path.join(root, 'photos');
    imageTree(tree, { cat: 10, dog: 10 });
    const files = ['cat', 'dog'].flatMap((name) =>
      Array.from(
        { length: 10 },
        (_, i): Member => [`${name}/${i}.ppm`, readFileSync(path.join(tree, name, `${i}.ppm`))],
      ),
    );
    const packed = await trained('zip', await writeZip('photos.zip', files));
    expect(await contents(packed)).toEqual(await contents(await open('folder', tree)));
    expect(packed.digest).toBe((await open('folder', tree)).digest);
  });

  it('that is cut off or no zip file is refused', async () => {
    const file = await writeZip('photos.zip', members(4));
    truncateSync(file, 300);
    await expect(open('zip', file)).rejects.toMatchObject({ code: 'bad-data' });
    await expect(open('zip', path.join(root, 'none.zip'))).rejects.toMatchObject({ code: 'missing-file' });
  });
});
