import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import {
  type AsyncBuffer,
  type ColumnMetaData,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type SchemaTree,
} from 'hyparquet';
import { parquetHeader, readPage } from 'hyparquet/src/column.js';
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { getSchemaPath } from 'hyparquet/src/schema.js';
import { compressors } from 'hyparquet-compressors';
import { InputError, show } from '../../../search/base/errors.js';
import type { DatasetSpec } from '../../../search/plan/dataset.js';
import type { Split } from '../dataset.js';
import { Tally } from '../passed-over.js';
import { readRange } from './byte-ranges.js';
import { type ListedImage, openEncoded } from './encoded.js';
import { type Shard, shardsOf, splitsOfShards } from './shards.js';
import { type ImageSource, locateFiles, type Reader, type Source, type SourceOptions } from './source.js';
import { sortClasses } from './table.js';

type ParquetSpec = Extract<DatasetSpec, { source: 'parquet' }>;

/** Where the bytes of an image lie: a value of a page of a column chunk. */
interface ParquetPlace {
  /** Name of the shard. */
  readonly shard: string;
  readonly group: number;
  /** Of the page's header in the file. */
  readonly page: number;
  /** Of the value in the page. */
  readonly row: number;
}

const imageColumns = ['image', 'img', 'picture', 'photo'];
const labelColumns = ['label', 'labels', 'class', 'category', 'target', 'fine_label', 'coarse_label'];

/** A page's header with its statistics is shorter. */
const mostHeaderBytes = 65_536;
/** Decoded pages that a reader keeps: images that lie side by side are often read together. */
const keptPages = 4;

/**
 * Parquet files in Hugging Face's convention: a column of images, each with its encoded `bytes`, a column of labels, and the names of the
 * classes in the metadata.
 */
export const parquet: Source<ParquetSpec> = {
  recognise: async (place) => (await shardsOf(place, '.parquet')).length > 0,
  classes: async (spec) => (existsSync(spec.path) ? (await list(spec)).classes.length : undefined),
  async count(spec) {
    if (!existsSync(spec.path)) return undefined;
    const { validation, test, limitPerClass = Number.POSITIVE_INFINITY } = spec;
    const { images, classes } = await list(spec);
    const rest = images.filter(({ split }) => split === null || split === 'train').length;
    const has = (split: Split) => images.some((image) => image.split === split);
    const left = (has('test') ? 1 : 1 - test) * (has('validation') ? 1 : 1 - validation);
    return Math.min(Math.round(rest * left), limitPerClass * classes.length);
  },
  open: openParquet,
  reader: parquetReader,
  locate: locateFiles,
};

async function openParquet(spec: ParquetSpec, options: SourceOptions): Promise<ImageSource> {
  const { images, classes, passedOver, notes } = await list(spec);
  if (classes.length < 2) {
    const got = classes[0] === undefined ? 'none' : `only ${show(classes[0])}`;
    throw new InputError('bad-data', `${spec.path}: expected labels of at least 2 classes, got ${got}`);
  }
  const listing = {
    id: await realpath(spec.path),
    classes,
    images: images.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    missing: [],
    passedOver,
    notes,
    shown: ({ name }: { name: string }) => `${spec.path}#${name}`,
  };
  return openEncoded(listing, parquetReader(spec), options);
}

async function list(spec: ParquetSpec) {
  const shards = await shardsOf(spec.path, '.parquet');
  if (shards.length === 0) {
    throw new InputError(
      'missing-file',
      `${spec.path}: expected a Parquet file or a folder of Parquet files, got none`,
    );
  }
  const { splitOf, notes } = splitsOfShards(shards, spec);
  const leaveOut = new Set((spec.leaveOut ?? []).map((name) => name.normalize('NFC')));
  const tally = new Tally();
  const images: ListedImage[] = [];
  const order = new Map<string, number>();
  for (const shard of shards) {
    const file = await openShard(shard);
    for (const name of file.names) if (!order.has(name)) order.set(name, order.size);
    const labels = await readLabels(file);
    for (const { group, page, first, rows } of await listPages(shard, file)) {
      for (let row = 0; row < rows; row++) {
        const number = first + row;
        const where = `${shard.file}#${number}`;
        const label = labels[number];
        if (label === undefined || label === null) tally.add('rows without a label', where);
        else if (leaveOut.has(label)) tally.add('in a class that is left out', where);
        else {
          const place: ParquetPlace = { shard: shard.name, group, page, row };
          const name = `${shard.name}#${String(number).padStart(8, '0')}`;
          images.push({ name, className: label, split: splitOf(shard), place, stamp: `${shard.stamp} ${number}` });
        }
      }
    }
  }
  const present = new Set(images.map(({ className }) => className));
  const named = [...order.keys()].filter((name) => present.has(name));
  const classes = named.length === present.size ? named : sortClasses(present);
  return { images, classes, passedOver: tally.list(), notes };
}

/** A Parquet file whose metadata is read. */
interface OpenedShard {
  readonly shard: Shard;
  readonly buffer: AsyncBuffer;
  readonly metadata: FileMetaData;
  /** Path of the column with the bytes of the images. */
  readonly imagePath: readonly string[];
  readonly labelColumn: string;
  /** Names of the classes; empty where the metadata has none. */
  readonly names: readonly string[];
}

async function openShard(shard: Shard): Promise<OpenedShard> {
  const byteLength = Number(shard.stamp.split(' ')[0]);
  const slice = async (start: number, end = byteLength) => {
    const bytes = await readRange(shard.file, start, end - start);
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  };
  const buffer: AsyncBuffer = { byteLength, slice };
  let metadata: FileMetaData;
  try {
    metadata = await parquetMetadataAsync(buffer);
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new InputError('bad-data', `${shard.file}: expected a Parquet file, got: ${reason}`, { cause });
  }
  const columns = parquetSchema(metadata).children;
  const imagePath = findImage(columns);
  const features = featuresOf(metadata);
  const classLabels = Object.keys(features).filter((name) => features[name]?._type === 'ClassLabel');
  const names = columns.map(({ element }) => element.name);
  const labelColumn = classLabels[0] ?? labelColumns.find((name) => names.includes(name));
  if (!imagePath || labelColumn === undefined) {
    const wanted = imagePath ? 'labels (label)' : 'images (image with bytes)';
    throw new InputError(
      'bad-data',
      `${shard.file}: expected a column of ${wanted}, got ${names.map(show).join(', ')}`,
    );
  }
  const known = features[labelColumn]?.names ?? [];
  return { shard, buffer, metadata, imagePath, labelColumn, names: known.map((name) => name.normalize('NFC')) };
}

function findImage(columns: readonly SchemaTree[]): readonly string[] | null {
  const inner = columns.flatMap((column) => column.children.filter(({ element }) => element.name === 'bytes'));
  if (inner[0]) return inner[0].path;
  const plain = columns.find(({ element }) => imageColumns.includes(element.name) && element.type === 'BYTE_ARRAY');
  return plain?.path ?? null;
}

type Features = Readonly<Record<string, { readonly _type?: string; readonly names?: readonly string[] }>>;

/** What Hugging Face's metadata say of the columns. */
function featuresOf({ key_value_metadata: pairs = [] }: FileMetaData): Features {
  const text = pairs.find(({ key }) => key === 'huggingface')?.value;
  if (text === undefined) return {};
  try {
    return (JSON.parse(text) as { info?: { features?: Features } }).info?.features ?? {};
  } catch {
    return {};
  }
}

/** The label of every row, by its name where it has one. */
async function readLabels({ buffer, metadata, labelColumn, names }: OpenedShard): Promise<(string | null)[]> {
  const rows = await parquetReadObjects({ file: buffer, metadata, columns: [labelColumn], compressors });
  return rows.map((row) => {
    const value = row[labelColumn] as unknown;
    if (value === null || value === undefined) return null;
    const isNumber = typeof value === 'number' || typeof value === 'bigint';
    const label = isNumber ? (names[Number(value)] ?? String(value)) : String(value);
    return label.trim() === '' ? null : label.trim().normalize('NFC');
  });
}

interface Page {
  readonly group: number;
  readonly page: number;
  /** Row of the file that is the first of the page. */
  readonly first: number;
  readonly rows: number;
}

/** The pages of images, by their headers alone. */
async function listPages({ file }: Shard, { metadata, imagePath }: OpenedShard): Promise<Page[]> {
  const pages: Page[] = [];
  let groupStart = 0;
  for (const [group, { num_rows }] of metadata.row_groups.entries()) {
    const chunk = chunkOf(metadata, group, imagePath);
    const end = startOf(chunk) + Number(chunk.total_compressed_size);
    let row = 0;
    for (let at = startOf(chunk); at < end && row < Number(num_rows); ) {
      const { header, headerBytes } = await readHeader(file, at, end);
      const rows = header.data_page_header_v2?.num_rows ?? header.data_page_header?.num_values ?? 0;
      if (rows > 0) pages.push({ group, page: at, first: groupStart + row, rows });
      row += rows;
      at += headerBytes + header.compressed_page_size;
    }
    groupStart += Number(num_rows);
  }
  return pages;
}

async function readHeader(file: string, at: number, end: number) {
  const bytes = await readRange(file, at, Math.min(mostHeaderBytes, end - at));
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: 0 };
  return { header: parquetHeader(reader), headerBytes: reader.offset };
}

function chunkOf(metadata: FileMetaData, group: number, column: readonly string[]): ColumnMetaData {
  const key = column.join('.');
  const chunk = metadata.row_groups[group]?.columns.find(
    ({ meta_data }) => meta_data?.path_in_schema.join('.') === key,
  );
  if (!chunk?.meta_data) throw new Error(`row group ${group} has no column ${key}`);
  return chunk.meta_data;
}

/** The first page of a chunk, which is its dictionary where it has one. */
function startOf({ dictionary_page_offset, data_page_offset }: ColumnMetaData): number {
  return Number(dictionary_page_offset || data_page_offset);
}

function parquetReader({ path: root }: Pick<ParquetSpec, 'path'>): Reader {
  const shards = new Map<string, Promise<OpenedShard>>();
  const pages = new Map<string, Promise<ArrayLike<unknown>>>();

  const open = (name: string) => {
    let shard = shards.get(name);
    if (!shard) {
      shard = shardsOf(name === '' ? root : path.join(root, name), '.parquet').then(([found]) => {
        if (!found) throw new Error(`${name} is no longer there`);
        return openShard(found);
      });
      shards.set(name, shard);
    }
    return shard;
  };

  const readRows = async ({ shard, group, page }: ParquetPlace): Promise<ArrayLike<unknown>> => {
    const opened = await open(shard);
    const { metadata, imagePath } = opened;
    const chunk = chunkOf(metadata, group, imagePath);
    const schemaPath = getSchemaPath(metadata.schema, [...imagePath]);
    const element = schemaPath.at(-1)?.element;
    if (!element) throw new Error('a column without a schema');
    const parsers = DEFAULT_PARSERS;
    const decoder = { ...chunk, pathInSchema: [...imagePath], element, schemaPath, compressors, parsers, utf8: false };
    const end = startOf(chunk) + Number(chunk.total_compressed_size);
    const readAt = async (at: number, dictionary?: ArrayLike<unknown>) => {
      const { header, headerBytes } = await readHeader(opened.shard.file, at, end);
      const bytes = await readRange(opened.shard.file, at + headerBytes, header.compressed_page_size);
      const view = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: 0 };
      const values = readPage(view, header, decoder, dictionary as never, undefined, 0).data;
      return { type: header.type, values: values ?? [] };
    };
    const first = startOf(chunk);
    const dictionary = first < page ? await readAt(first) : null;
    return (await readAt(page, dictionary?.type === 'DICTIONARY_PAGE' ? dictionary.values : undefined)).values;
  };

  return {
    async load({ place }) {
      const where = place as ParquetPlace;
      const key = `${where.shard} ${where.page}`;
      const rows = pages.get(key) ?? readRows(where);
      // The page that was used last is the last to go.
      pages.delete(key);
      pages.set(key, rows);
      const [oldest] = pages.keys();
      if (pages.size > keptPages && oldest !== undefined) pages.delete(oldest);
      // Every level that may be missing wraps the value once.
      let value = (await rows)[where.row];
      while (Array.isArray(value)) value = value[0];
      if (!(value instanceof Uint8Array)) throw new Error('the row has no bytes of an image');
      return { kind: 'file', content: value };
    },
  };
}
