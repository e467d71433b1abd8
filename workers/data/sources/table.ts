import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import pMap from 'p-map';
import { InputError, show } from '../../../search/base/errors.js';
import type { DatasetSpec } from '../../../search/plan/dataset.js';
import type { BadImage, Split } from '../dataset.js';
import { Tally } from '../passed-over.js';
import { type ListedImage, openEncoded } from './encoded.js';
import { fileReader } from './folder/index.js';
import { readSplits } from './folder/split-names.js';
import { type ImageSource, locateFiles, type Source, type SourceOptions } from './source.js';

type TableSpec = Extract<DatasetSpec, { source: 'table' }>;

/** Names of columns, in lower case and without separators, the likeliest first. */
const columnNames = {
  path: [
    'path',
    'filepath',
    'imagepath',
    'file',
    'filename',
    'imagefile',
    'imagefilename',
    'image',
    'img',
    'imageid',
    'id',
    'photo',
    'picture',
  ],
  label: [
    'label',
    'class',
    'classname',
    'category',
    'target',
    'labels',
    'species',
    'breed',
    'diagnosis',
    'y',
    'classid',
  ],
  split: ['split', 'set', 'subset', 'partition', 'dataset', 'usage', 'fold'],
} as const;

/** Where pictures may lie beside their table, and what a table may leave out of their names. */
const folders = ['', 'images', 'image', 'img', 'imgs', 'train', 'train_images', 'data', 'photos', 'pictures'];
const extensions = ['', '.jpg', '.jpeg', '.png', '.JPG', '.webp', '.bmp', '.tif', '.tiff'];

/** Rows by which the place of the pictures is found. */
const sampledRows = 20;

/** A CSV or TSV table with a picture's path, its label and perhaps its split in each row. */
export const table: Source<TableSpec> = {
  recognise: async (place) => /\.(csv|tsv)$/i.test(place) && ((await stat(place).catch(() => null))?.isFile() ?? false),
  classes: async (spec) => (existsSync(spec.path) ? (await readTable(spec)).classes.length : undefined),
  async count(spec) {
    if (!existsSync(spec.path)) return undefined;
    const { validation, test, limitPerClass = Number.POSITIVE_INFINITY } = spec;
    const { rows, classes } = await readTable(spec);
    const images = rows.filter(({ split }) => split === null || split === 'train').length;
    const has = (split: Split) => rows.some((row) => row.split === split);
    const left = (has('test') ? 1 : 1 - test) * (has('validation') ? 1 : 1 - validation);
    return Math.min(Math.round(images * left), limitPerClass * classes.length);
  },
  open: openTable,
  reader: ({ path: file }) => fileReader(path.dirname(file)),
  locate: locateFiles,
};

interface Row {
  /** As the table has it. */
  readonly file: string;
  readonly label: string;
  readonly split: Split | null;
}

interface Table {
  readonly rows: readonly Row[];
  readonly classes: readonly string[];
  readonly tally: Tally;
  readonly notes: readonly string[];
  /** Of the file's bytes. */
  readonly sha256: string;
}

async function openTable(spec: TableSpec, options: SourceOptions): Promise<ImageSource> {
  const { rows, classes, tally, notes, sha256 } = await readTable(spec);
  if (classes.length < 2) {
    const got = classes[0] === undefined ? 'none' : `only ${show(classes[0])}`;
    throw new InputError('bad-data', `${spec.path}: expected labels of at least 2 classes, got ${got}`);
  }
  const root = path.dirname(spec.path);
  const place = placeOf(root, rows);
  const listed: ListedImage[] = [];
  const missing: BadImage[] = [];
  const names = uniqueNames(rows);
  await pMap(
    rows.entries(),
    async ([i, { file, label, split }]) => {
      const at = place(file);
      const found = await stat(path.resolve(root, at)).catch((error: NodeJS.ErrnoException) => error);
      const name = names[i] as string;
      if (found instanceof Error)
        missing.push({ path: path.resolve(root, at), reason: `cannot be read (${found.code})` });
      else listed.push({ name, className: label, split, place: at, stamp: `${found.size} ${found.mtimeMs}` });
    },
    { concurrency: 64 },
  );
  const listing = {
    id: `${await realpath(spec.path)} ${sha256}`,
    classes,
    images: listed.sort((a, b) => (a.name < b.name ? -1 : 1)),
    missing: missing.sort((a, b) => (a.path < b.path ? -1 : 1)),
    passedOver: tally.list(),
    notes,
    shown: ({ place: at }: { place: unknown }) => path.resolve(root, at as string),
  };
  return openEncoded(listing, fileReader(root), options);
}

/** Reads a table without looking at a picture. Throws `missing-file` or `bad-data`. */
async function readTable({ path: file, splits, leaveOut = [] }: TableSpec): Promise<Table> {
  const content = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    throw new InputError('missing-file', `${file}: expected a table that can be read, got ${cause.code}`, { cause });
  });
  const records = parseRecords(file, content);
  const columns = findColumns(file, records);
  const { rows: body } = columns;
  const tally = new Tally();
  const left = new Set(leaveOut.map((name) => name.normalize('NFC')));
  const splitValues =
    columns.split === null || splits === 'none' ? null : body.map((row) => row[columns.split as number] ?? '');
  const read = splitValues && readSplits(splitValues, splits === 'none' ? undefined : splits, file);
  const rows: Row[] = [];
  const seen = new Set<string>();
  for (const [i, row] of body.entries()) {
    const name = (row[columns.path] ?? '').trim();
    const label = (row[columns.label] ?? '').trim().normalize('NFC');
    const where = `${file}#${i + columns.firstLine}`;
    if (name === '') {
      tally.add('a row without a path', where);
      continue;
    }
    if (label === '') {
      tally.add('a row without a label', where);
      continue;
    }
    if (left.has(label)) {
      tally.add('in a class that is left out', where);
      continue;
    }
    const split = read ? read.splitOf(splitValues[i] as string) : null;
    const key = JSON.stringify([name, label, split]);
    if (seen.has(key)) {
      tally.add('a row that is there twice', where);
      continue;
    }
    seen.add(key);
    rows.push({ file: name, label, split });
  }
  const classes = sortClasses(new Set(rows.map(({ label }) => label)));
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { rows, classes, tally, notes: read?.notes ?? [], sha256 };
}

/** Paths, with the label behind those that stand in more than one row. */
function uniqueNames(rows: readonly Row[]): string[] {
  const seen = new Set<string>();
  return rows.map(({ file, label, split }) => {
    const name = seen.has(file) ? `${file} (${label}${split ? ` in ${split}` : ''})` : file;
    seen.add(file);
    return name;
  });
}

/** Names in the order of the labels: whole numbers by their value, otherwise as text. */
export function sortClasses(names: ReadonlySet<string>): string[] {
  const all = [...names];
  return all.every((name) => /^\d{1,15}$/.test(name)) ? all.sort((a, b) => Number(a) - Number(b)) : all.sort();
}

function parseRecords(file: string, content: Buffer): string[][] {
  const [firstLine = ''] = content.toString('utf8', 0, 10_000).split('\n');
  const delimiter = ['\t', ';', ','].find((character) => firstLine.includes(character)) ?? ',';
  try {
    const options = { delimiter, bom: true, relax_column_count: true, skip_empty_lines: true, trim: true };
    return parse(content, options) as string[][];
  } catch (cause) {
    throw new InputError(
      'bad-data',
      `${file}: expected a table of comma or tab separated values, got: ${(cause as Error).message}`,
      { cause },
    );
  }
}

interface Columns {
  readonly path: number;
  readonly label: number;
  readonly split: number | null;
  /** Without the head. */
  readonly rows: readonly (readonly string[])[];
  /** Number of the first row's line, about. */
  readonly firstLine: number;
}

function findColumns(file: string, records: readonly string[][]): Columns {
  const [head = [], ...rows] = records;
  const names = head.map((name) => name.toLowerCase().replace(/[^a-z]/g, ''));
  const find = (kind: keyof typeof columnNames) => {
    const [found] = columnNames[kind].map((name) => names.indexOf(name)).filter((i) => i >= 0);
    return found ?? null;
  };
  const [pathColumn, label, split] = [find('path'), find('label'), find('split')];
  if (pathColumn !== null && label !== null) return { path: pathColumn, label, split, rows, firstLine: 2 };
  // No head: the first row is a picture as all others.
  if (head.length >= 2 && /\.\w{2,5}$/.test(head[0] as string)) {
    return { path: 0, label: 1, split: head.length > 2 ? 2 : null, rows: records, firstLine: 1 };
  }
  const wanted =
    pathColumn === null ? 'the path of a picture (path, file or image)' : 'its label (label, class or category)';
  throw new InputError(
    'bad-data',
    `${file}: expected a column with ${wanted}, got the columns ${head.map(show).join(', ')}`,
  );
}

/** Where the pictures of a table are, by the first of its rows: many tables name pictures without their folder or extension. */
function placeOf(root: string, rows: readonly Row[]): (file: string) => string {
  const sample = rows.slice(0, sampledRows);
  for (const folder of folders) {
    for (const extension of extensions) {
      const place = (file: string) => path.join(path.isAbsolute(file) ? '' : folder, `${file}${extension}`);
      if (sample.some(({ file }) => existsSync(path.resolve(root, place(file))))) return place;
    }
  }
  return (file) => file;
}
