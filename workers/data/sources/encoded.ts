import { createHash } from 'node:crypto';
import path from 'node:path';
import pMap from 'p-map';
import { digest } from '../../../search/base/hash.js';
import { median } from '../../../search/base/median.js';
import { CacheFile } from '../cache-file.js';
import type { BadImage, Split } from '../dataset.js';
import { checkImage, decoder, type ImageFacts, imagesAtOnce } from '../formats/decode.js';
import type { PassedOver } from '../passed-over.js';
import type { ImagePlace, ImageSource, Reader, SourceImage, SourceOptions } from './source.js';

/** An encoded image before it is read. */
export interface ListedImage {
  /** As of `SourceImage`. */
  readonly name: string;
  readonly className: string;
  readonly split: Split | null;
  readonly place: unknown;
  /** Changes when the content may have changed, such as the file's size and date. */
  readonly stamp: string;
}

/** What a source has found before it reads an image. */
export interface Listing {
  /** Tells this listing from others in the cache, such as the real path of its folder. */
  readonly id: string;
  /** In the order of the labels. */
  readonly classes: readonly string[];
  /** Sorted by name, whatever order the files give. */
  readonly images: readonly ListedImage[];
  /** Images that are listed but not there, such as broken links. */
  readonly missing: readonly BadImage[];
  readonly passedOver: readonly PassedOver[];
  readonly notes: readonly string[];
  /** The absolute path of an image, for messages. */
  shown(image: Pick<ListedImage, 'name' | 'place'>): string;
}

/** What reading an image has shown. One that could not even be read may be readable the next time, so that is not kept. */
type Finding =
  | ({ readonly state: 'good'; readonly sha256: string } & ImageFacts)
  | { readonly state: 'damaged'; readonly reason: string }
  | { readonly state: 'unreadable'; readonly reason: string };

/** The stamp with which a finding holds. */
type Kept = Finding & Pick<ListedImage, 'name' | 'stamp'>;

/** Goes up when a file may be found in another state than before, or more is kept of it. */
const scanVersion = 3;

/**
 * Opens a source of encoded images. Every image that is new or whose stamp has changed is read to its end once, so that a damaged one is
 * named before anything is trained; what was found is kept in the cache folder.
 */
export async function openEncoded(listing: Listing, reader: Reader, options: SourceOptions): Promise<ImageSource> {
  const id = digest({ scanVersion, decoder, source: listing.id }).slice(0, 40);
  const file = new CacheFile(path.join(options.cacheFolder, 'scans', id));
  const findings = await scan(listing, reader, file, options);
  const images: SourceImage[] = [];
  const bad: BadImage[] = [...listing.missing];
  const sides: number[] = [];
  listing.images.forEach((image, i) => {
    const finding = findings[i] as Finding;
    if (finding.state !== 'good') {
      bad.push({ path: listing.shown(image), reason: finding.reason });
      return;
    }
    const { format, widthPx, heightPx, sha256 } = finding;
    const { name, className, split, place } = image;
    sides.push(Math.min(widthPx, heightPx));
    images.push({ name, className, split, content: sha256, place, facts: { format, widthPx, heightPx } });
  });
  return {
    classes: listing.classes,
    nativeResolutionPx: Math.round(median(sides)),
    images,
    bad,
    passedOver: listing.passedOver,
    notes: listing.notes,
    decoder,
    reader,
    shown: (image) => listing.shown(image),
    forget: () => file.remove(),
  };
}

/** The findings of all images, in their order. */
async function scan(
  { images }: Listing,
  reader: Reader,
  file: CacheFile,
  { onProgress, onWarning }: SourceOptions,
): Promise<Finding[]> {
  const kept = await readKept(file);
  const isKnown = ({ name, stamp }: ListedImage) => kept.get(name)?.stamp === stamp;
  const unknown = images.filter((image) => !isKnown(image));
  let done = 0;
  const examineOne = async (image: ListedImage) => {
    const { name, stamp } = image;
    kept.set(name, { name, stamp, ...(await examine(reader, { ...image, content: '' })) });
    onProgress(++done / unknown.length);
  };
  await pMap(unknown, examineOne, { concurrency: imagesAtOnce });
  const findings = images.map(({ name }) => kept.get(name) as Kept);
  if (unknown.length > 0) {
    const lasting = findings.filter(({ state }) => state !== 'unreadable');
    await file.keep(Buffer.from(JSON.stringify(lasting)), onWarning);
  }
  return findings;
}

async function readKept(file: CacheFile): Promise<Map<string, Kept>> {
  const content = await file.read();
  const kept: Kept[] = content ? JSON.parse(Buffer.from(content).toString('utf8')) : [];
  return new Map(kept.map((finding) => [finding.name, finding]));
}

async function examine(reader: Reader, image: ImagePlace): Promise<Finding> {
  let content: Uint8Array;
  try {
    const picture = await reader.load(image);
    if (picture.kind !== 'file') throw new Error('a source of encoded images gave pixels');
    content = picture.content;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { state: 'unreadable', reason: code ? `cannot be read (${code})` : message };
  }
  try {
    const facts = await checkImage(content);
    return { state: 'good', sha256: createHash('sha256').update(content).digest('hex'), ...facts };
  } catch (error) {
    return { state: 'damaged', reason: (error as Error).message.split('\n')[0] ?? 'cannot be decoded' };
  }
}
