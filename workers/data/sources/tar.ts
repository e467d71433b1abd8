import { existsSync } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import pMap from 'p-map';
import { InputError, show } from '../../../search/base/errors.js';
import type { DatasetSpec } from '../../../search/plan/dataset.js';
import type { Split } from '../dataset.js';
import { type PassedOver, Tally } from '../passed-over.js';
import { readRange } from './byte-ranges.js';
import { type ListedImage, openEncoded } from './encoded.js';
import { listImages } from './folder/listing.js';
import { ListTree } from './folder/tree.js';
import { hasImageExtension } from './folder/walk.js';
import { type Shard, shardsOf, splitsOfShards } from './shards.js';
import { type ImageSource, locateFiles, type Reader, type Source, type SourceOptions } from './source.js';
import { sortClasses } from './table.js';
import { readTarIndex, type TarEntry } from './tar-index.js';

type TarSpec = Extract<DatasetSpec, { source: 'tar' }>;

/** Where a file lies in a shard. */
interface TarPlace {
  /** Name of the shard. */
  readonly shard: string;
  readonly offset: number;
  readonly bytes: number;
}

/** Members of a sample that hold its label, the likeliest first, and how it is read. */
const labelReaders: readonly (readonly [extension: string, read: (text: string) => string])[] = [
  ['cls', (text) => text],
  ['label', (text) => text],
  ['class', (text) => text],
  ['json', labelOfJson],
  ['txt', (text) => text],
];

/** Files beside the shards that name the classes whose labels are numbers, one name a line. */
const classFiles = ['classes.txt', 'classnames.txt', 'class_names.txt', 'labels.txt'];

/** Tar files of images: shards in WebDataset's convention, or a folder of images that was put into a tar file. */
export const tar: Source<TarSpec> = {
  recognise: async (place) => (await shardsOf(place, '.tar')).length > 0,
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
  open: openTar,
  reader: tarReader,
  locate: locateFiles,
};

async function openTar(spec: TarSpec, options: SourceOptions): Promise<ImageSource> {
  const { images, classes, passedOver, notes } = await list(spec);
  if (classes.length < 2) {
    const got = classes[0] === undefined ? 'none' : `only ${show(classes[0])}`;
    throw new InputError('bad-data', `${spec.path}: expected samples of at least 2 classes, got ${got}`);
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
  return openEncoded(listing, tarReader(spec), options);
}

interface TarListing {
  readonly images: readonly ListedImage[];
  readonly classes: readonly string[];
  readonly passedOver: readonly PassedOver[];
  readonly notes: readonly string[];
}

interface IndexedShard extends Shard {
  readonly entries: readonly TarEntry[];
}

async function list(spec: TarSpec): Promise<TarListing> {
  const found = await shardsOf(spec.path, '.tar');
  if (found.length === 0) {
    throw new InputError('missing-file', `${spec.path}: expected a tar file or a folder of tar files, got none`);
  }
  const shards: IndexedShard[] = [];
  for (const shard of found) shards.push({ ...shard, entries: await readTarIndex(shard.file) });
  const isWebDataset = shards.some(({ entries }) => entries.some(({ name }) => /\.(cls|label|class)$/i.test(name)));
  const hasLabels = isWebDataset || shards.some(({ entries }) => hasLabelledSamples(entries));
  return hasLabels ? listSamples(spec, shards) : listFolders(spec, shards);
}

/** Whether a JSON or a text has the key of an image, as in WebDataset's samples. */
function hasLabelledSamples(entries: readonly TarEntry[]): boolean {
  const keys = new Set(entries.filter(({ name }) => hasImageExtension(name)).map(({ name }) => keyOf(name)[0]));
  return entries.some(({ name }) => /\.(json|txt)$/i.test(name) && keys.has(keyOf(name)[0]));
}

/** The key and the extension of a member: what stands before and after the first point of its file's name. */
function keyOf(name: string): readonly [key: string, extension: string] {
  const slash = name.lastIndexOf('/') + 1;
  const point = name.indexOf('.', slash);
  return point < 0 ? [name, ''] : [name.slice(0, point), name.slice(point + 1).toLowerCase()];
}

async function listSamples(spec: TarSpec, shards: readonly IndexedShard[]): Promise<TarListing> {
  const tally = new Tally();
  const { splitOf, notes } = splitsOfShards(shards, spec);
  const names = await readClassNames(spec.path);
  const images: ListedImage[] = [];
  const leaveOut = new Set((spec.leaveOut ?? []).map((name) => name.normalize('NFC')));
  for (const shard of shards) {
    const samples = new Map<string, TarEntry[]>();
    for (const entry of shard.entries) {
      const [key] = keyOf(entry.name);
      const members = samples.get(key);
      if (members) members.push(entry);
      else samples.set(key, [entry]);
    }
    await pMap(
      samples,
      async ([key, members]) => {
        const image = members.find(({ name }) => hasImageExtension(name));
        const where = `${shard.file}#${key}`;
        if (!image) return tally.add('samples without an image', where, members.length);
        const label = await readLabel(shard.file, members);
        if (label === null) return tally.add('images without a label', where);
        const className = /^\d+$/.test(label) ? (names[Number(label)] ?? label) : label;
        if (leaveOut.has(className)) return tally.add('in a class that is left out', where);
        const place: TarPlace = { shard: shard.name, offset: image.offset, bytes: image.bytes };
        const stamp = `${shard.stamp} ${image.offset}`;
        images.push({ name: `${shard.name}/${image.name}`, className, split: splitOf(shard), place, stamp });
      },
      { concurrency: 32 },
    );
  }
  const classes = sortByNames(new Set(images.map(({ className }) => className)), names);
  return { images, classes, passedOver: tally.list(), notes };
}

/** In the order of the named classes where all are named; otherwise as a table's. */
function sortByNames(classes: ReadonlySet<string>, names: readonly string[]): string[] {
  return [...classes].every((name) => names.includes(name))
    ? names.filter((name) => classes.has(name))
    : sortClasses(classes);
}

async function readLabel(file: string, members: readonly TarEntry[]): Promise<string | null> {
  for (const [extension, read] of labelReaders) {
    const member = members.find(({ name }) => keyOf(name)[1] === extension);
    if (!member) continue;
    const text = (await readRange(file, member.offset, member.bytes)).toString('utf8').trim();
    const label = read(text).trim().normalize('NFC');
    if (label !== '') return label;
  }
  return null;
}

function labelOfJson(text: string): string {
  try {
    const record = JSON.parse(text) as unknown;
    if (typeof record !== 'object' || record === null) return String(record);
    const fields = record as Readonly<Record<string, unknown>>;
    for (const key of ['label', 'class', 'cls', 'category', 'class_name', 'target']) {
      const value = fields[key];
      if (typeof value === 'string' || typeof value === 'number') return String(value);
    }
  } catch {
    // No label can be had from it.
  }
  return '';
}

async function readClassNames(place: string): Promise<string[]> {
  for (const name of classFiles) {
    const text = await readFile(path.join(place, name), 'utf8').catch(() => null);
    if (text !== null)
      return text
        .split('\n')
        .map((line) => line.trim().normalize('NFC'))
        .filter(Boolean);
  }
  return [];
}

/** Folders of images in one or several tar files. */
async function listFolders(spec: TarSpec, shards: readonly IndexedShard[]): Promise<TarListing> {
  const places = new Map<string, { readonly place: TarPlace; readonly stamp: string }>();
  for (const shard of shards) {
    for (const { name, offset, bytes } of shard.entries) {
      if (places.has(name))
        throw new InputError('bad-data', `${spec.path}: ${show(name)} is in more than one tar file`);
      places.set(name, { place: { shard: shard.name, offset, bytes }, stamp: `${shard.stamp} ${offset}` });
    }
  }
  const head = async (name: string, bytes: number) => {
    const { place } = places.get(name) as { place: TarPlace };
    return readRange(
      shards.find((shard) => shard.name === place.shard)!.file,
      place.offset,
      Math.min(bytes, place.bytes),
    );
  };
  const tree = new ListTree(spec.path, [...places.keys()], head);
  const { classes, images, passedOver, notes } = await listImages(tree, spec);
  return { classes, passedOver, notes, images: images.map((image) => ({ ...image, ...places.get(image.name)! })) };
}

function tarReader({ path: root }: Pick<TarSpec, 'path'>): Reader {
  return {
    async load({ place }) {
      const { shard, offset, bytes } = place as TarPlace;
      const file = shard === '' ? root : path.join(root, shard);
      return { kind: 'file', content: await readRange(file, offset, bytes) };
    },
  };
}
