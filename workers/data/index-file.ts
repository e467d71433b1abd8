import { randomUUID } from 'node:crypto';
import { closeSync, createWriteStream, openSync, readSync, statSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { digest } from '../../search/base/hash.js';
import { type Dataset, type Split, splits } from './dataset.js';
import { checksum } from './pixel-file.js';
import type { ImagePlace } from './sources/source.js';

/** The images of a split in their order, of which any can be had without the others. */
export interface ImageList {
  readonly count: number;
  readonly labels: Uint8Array | Uint16Array;
  /** Differs when any content or its place in the order does. */
  readonly contents: string;
  at(place: number): ImagePlace;
}

/** The digest of the contents of images in their order. */
export function contentsOf(images: readonly Pick<ImagePlace, 'content'>[]): string {
  return digest(images.map(({ content }) => content));
}

/** What is known about a dataset besides its images. */
export type DatasetFacts = Pick<
  Dataset,
  'classes' | 'digest' | 'nativeResolutionPx' | 'bad' | 'passedOver' | 'notes' | 'normalisation'
> & { readonly decoder: string };

/** Ends the file, behind the length of the footer. */
const magic = Buffer.from('TRISINDX');
const tailBytes = 16;
/** Images that could not be used and are kept by name. */
const mostBad = 1000;

interface Section {
  readonly at: number;
  readonly bytes: number;
  readonly checksum: number;
}

interface Footer {
  readonly facts: DatasetFacts;
  readonly splits: Readonly<
    Record<
      Split,
      { readonly count: number; readonly contents: string; readonly labels: Section; readonly offsets: Section }
    >
  >;
}

/**
 * The list of an opened dataset in a file, so that a training of many images needs neither to look at all files again nor to keep their names
 * in memory: a record for each image, then the labels and the places of the records, then all else as JSON. Where an image is not what the
 * record says, its reader finds that out.
 */
export class IndexFile {
  private constructor(
    private readonly descriptor: number,
    private readonly footer: Footer,
  ) {}

  get facts(): DatasetFacts {
    return this.footer.facts;
  }

  /** Null where there is none, or a damaged one. */
  static open(file: string): IndexFile | null {
    let descriptor: number;
    try {
      descriptor = openSync(file, 'r');
    } catch {
      return null;
    }
    try {
      const { size } = statSync(file);
      const tail = read(descriptor, Math.max(0, size - tailBytes), tailBytes);
      if (!tail.subarray(8).equals(magic)) throw new Error('another file');
      const length = Number(tail.readBigUInt64LE(0));
      const footer = JSON.parse(read(descriptor, size - tailBytes - length, length).toString('utf8')) as Footer;
      const index = new IndexFile(descriptor, footer);
      for (const split of splits) index.images(split);
      return index;
    } catch {
      closeSync(descriptor);
      return null;
    }
  }

  /** Writes a whole file or none. */
  static async write(file: string, facts: DatasetFacts, lists: Readonly<Record<Split, ImageList>>): Promise<void> {
    await mkdir(path.dirname(file), { recursive: true });
    const temporary = `${file}.${randomUUID()}.tmp`;
    const stream = createWriteStream(temporary, { flags: 'wx' });
    const done = finished(stream);
    let at = 0;
    const write = async (bytes: Uint8Array): Promise<Section> => {
      const section = { at, bytes: bytes.length, checksum: checksum(bytes) };
      at += bytes.length;
      if (!stream.write(bytes))
        await Promise.race([new Promise<void>((resolve) => stream.once('drain', () => resolve())), done]);
      return section;
    };
    try {
      const sections: Partial<Record<Split, Footer['splits'][Split]>> = {};
      for (const split of splits) {
        const { count, contents, labels } = lists[split];
        const offsets = new Float64Array(count + 1);
        for (let i = 0; i < count; i++) {
          offsets[i] = at;
          const { name, content, place } = lists[split].at(i);
          await write(Buffer.from(JSON.stringify([name, content, place])));
        }
        offsets[count] = at;
        sections[split] = {
          count,
          contents,
          labels: await write(new Uint8Array(Uint16Array.from(labels).buffer)),
          offsets: await write(new Uint8Array(offsets.buffer)),
        };
      }
      const footer = { facts: { ...facts, bad: facts.bad.slice(0, mostBad) }, splits: sections };
      const text = Buffer.from(JSON.stringify(footer));
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(text.length));
      await write(Buffer.concat([text, length, magic]));
      stream.end();
      await done;
      await rename(temporary, file);
    } catch (error) {
      stream.destroy();
      await done.catch(() => {});
      await rm(temporary, { force: true });
      throw error;
    }
  }

  /** The images of a split. Throws for a damaged file. */
  images(split: Split): ImageList {
    const { count, contents, labels, offsets } = this.footer.splits[split];
    const places = new Float64Array(this.section(offsets));
    return {
      count,
      contents,
      labels: new Uint16Array(this.section(labels)),
      at: (place) => {
        const from = places[place] as number;
        const record = read(this.descriptor, from, (places[place + 1] as number) - from);
        const [name, content, where] = JSON.parse(record.toString('utf8')) as [string, string, unknown];
        return { name, content, place: where };
      },
    };
  }

  close(): void {
    closeSync(this.descriptor);
  }

  private section({ at, bytes, checksum: expected }: Section): ArrayBuffer {
    const found = read(this.descriptor, at, bytes);
    if (checksum(found) !== expected) throw new Error('a damaged index');
    return found.buffer.slice(found.byteOffset, found.byteOffset + bytes) as ArrayBuffer;
  }
}

function read(descriptor: number, at: number, bytes: number): Buffer {
  const target = Buffer.alloc(bytes);
  for (let done = 0; done < bytes; ) {
    const count = readSync(descriptor, target, done, bytes - done, at + done);
    if (count === 0) throw new Error('an index that ends too early');
    done += count;
  }
  return target;
}
