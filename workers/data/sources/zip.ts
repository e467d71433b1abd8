import { existsSync } from 'node:fs';
import { open, realpath, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import { type Entry, openPromise } from 'yauzl';
import { InputError } from '../../../search/base/errors.js';
import type { DatasetSpec } from '../../../search/plan/dataset.js';
import { readRange } from './byte-ranges.js';
import { openEncoded } from './encoded.js';
import { classesOf, countImages, listImages } from './folder/listing.js';
import { ListTree } from './folder/tree.js';
import { type ImageSource, locateFiles, type Reader, type Source, type SourceOptions } from './source.js';

type ZipSpec = Extract<DatasetSpec, { source: 'zip' }>;

/** Where a file lies in the archive. */
interface ZipPlace {
  /** Of its local header. */
  readonly offset: number;
  readonly compressedBytes: number;
  readonly isDeflated: boolean;
}

const stored = 0;
const deflated = 8;
const localHeaderBytes = 30;
const inflate = promisify(inflateRaw);

/** A zip file with folders of images in it, read without unpacking. */
export const zip: Source<ZipSpec> = {
  recognise: async (place) => {
    const handle = (await stat(place).catch(() => null))?.isFile() ? await open(place) : null;
    const head = Buffer.alloc(4);
    await handle?.read(head, 0, 4, 0);
    await handle?.close();
    return head.toString('latin1') === 'PK\u0003\u0004';
  },
  classes: async (spec) => {
    if (!existsSync(spec.path)) return undefined;
    return (await classesOf((await readDirectory(spec.path)).tree, spec)).length;
  },
  async count(spec) {
    if (!existsSync(spec.path)) return undefined;
    const { validation, test, limitPerClass = Number.POSITIVE_INFINITY } = spec;
    const { tree } = await readDirectory(spec.path);
    const { images, isSplit } = await countImages(tree, spec);
    const left = (isSplit ? 1 : 1 - test) * (1 - validation);
    return Math.min(Math.round(images * left), limitPerClass * (await classesOf(tree, spec)).length);
  },
  open: openZip,
  reader: zipReader,
  locate: locateFiles,
};

async function openZip(spec: ZipSpec, options: SourceOptions): Promise<ImageSource> {
  const { tree, places, crc } = await readDirectory(spec.path);
  const { classes, images, passedOver, notes } = await listImages(tree, spec);
  const { size, mtimeMs } = await stat(spec.path);
  const listing = {
    id: await realpath(spec.path),
    classes,
    images: images.map((image) => ({
      ...image,
      place: places.get(image.name) as ZipPlace,
      stamp: `${size} ${mtimeMs} ${crc.get(image.name)}`,
    })),
    missing: [],
    passedOver,
    notes,
    shown: ({ name }: { name: string }) => tree.shown(name),
  };
  return openEncoded(listing, zipReader(spec), options);
}

interface Directory {
  readonly tree: ListTree;
  readonly places: ReadonlyMap<string, ZipPlace>;
  readonly crc: ReadonlyMap<string, number>;
}

/** Reads the list of an archive. Throws `missing-file` or `bad-data`. */
async function readDirectory(file: string): Promise<Directory> {
  const places = new Map<string, ZipPlace>();
  const crc = new Map<string, number>();
  try {
    const archive = await openPromise(file, { lazyEntries: true, autoClose: false });
    try {
      for await (const entry of archive.eachEntry()) {
        if (entry.fileName.endsWith('/')) continue;
        places.set(entry.fileName, placeOf(file, entry));
        crc.set(entry.fileName, entry.crc32);
      }
    } finally {
      archive.close();
    }
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code) throw new InputError('missing-file', `${file}: expected a file that can be read, got ${code}`, { cause });
    throw new InputError('bad-data', `${file}: expected a zip file, got: ${message}`, { cause });
  }
  const reader = zipReader({ path: file });
  const head = async (name: string, bytes: number) => {
    const picture = await reader.load({ name, content: '', place: places.get(name) });
    return picture.kind === 'file' ? picture.content.subarray(0, bytes) : new Uint8Array();
  };
  return { tree: new ListTree(file, [...places.keys()], head), places, crc };
}

function placeOf(file: string, entry: Entry): ZipPlace {
  const { compressionMethod, relativeOffsetOfLocalHeader: offset, compressedSize: compressedBytes } = entry;
  if (entry.isEncrypted()) throw new InputError('bad-data', `${file}: expected a zip file without a password, got one`);
  if (compressionMethod !== stored && compressionMethod !== deflated) {
    throw new InputError(
      'bad-data',
      `${file}: expected files that are stored or deflated, got method ${compressionMethod} for ${entry.fileName}`,
    );
  }
  return { offset, compressedBytes, isDeflated: compressionMethod === deflated };
}

function zipReader({ path: file }: Pick<ZipSpec, 'path'>): Reader {
  return {
    async load({ place }) {
      const { offset, compressedBytes, isDeflated } = place as ZipPlace;
      const header = await readRange(file, offset, localHeaderBytes);
      // The local header has a name and an extra field of its own length.
      const start = offset + localHeaderBytes + header.readUInt16LE(26) + header.readUInt16LE(28);
      const bytes = await readRange(file, start, compressedBytes);
      return { kind: 'file', content: isDeflated ? await inflate(bytes) : bytes };
    },
  };
}
