import { createHash } from 'node:crypto';
import type { PathLike } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import pMap from 'p-map';
import { digest } from '../../../../search/base/hash.js';
import { CacheFile } from '../../cache-file.js';
import type { BadImage } from '../../dataset.js';
import { decodeImage, decoder, type ImageFacts, imagesAtOnce, readFacts } from '../../formats/decode.js';
import type { SourceOptions } from '../source.js';
import type { ListedImage, Listing } from './listing.js';

/** An image that was decoded once without a fault. */
export interface ScannedImage extends ListedImage, ImageFacts {
  readonly sha256: string;
}

export interface Scan {
  /** Sorted by name. */
  readonly images: readonly ScannedImage[];
  /** Damaged and missing ones. */
  readonly bad: readonly BadImage[];
}

/** What reading a file has shown. A file that could not even be read may be readable the next time, so that is not kept. */
type Finding =
  | ({ readonly state: 'good'; readonly sha256: string } & ImageFacts)
  | { readonly state: 'damaged'; readonly reason: string }
  | { readonly state: 'unreadable'; readonly reason: string };

/** The size and the date with which a finding holds. */
type Kept = Finding & Pick<ListedImage, 'name' | 'bytes' | 'modifiedMs'>;

/** Goes up when a file may be found in another state than before, or more is kept of it. */
const scanVersion = 2;

/** Small, so that it is quick; yet the file is decoded to its last row, so that a truncated one is found. */
const probePx = 32;

/** Where the findings of a folder are kept on this machine. */
export async function scanFile(root: string, cacheFolder: string): Promise<CacheFile> {
  const id = digest({ scanVersion, decoder, root: await realpath(root) }).slice(0, 40);
  return new CacheFile(path.join(cacheFolder, 'scans', id));
}

/** Reads and decodes every image of a listing that is new or has another size or date than when it was last found in `file`. */
export async function scanImages(
  { walk, images, missing }: Listing,
  file: CacheFile,
  { onProgress, onWarning }: SourceOptions,
): Promise<Scan> {
  const findings = await readKept(file);
  const isKnown = ({ name, bytes, modifiedMs }: ListedImage) => {
    const kept = findings.get(name);
    return kept?.bytes === bytes && kept.modifiedMs === modifiedMs;
  };
  const unknown = images.filter((image) => !isKnown(image));
  let done = 0;
  const examineOne = async ({ name, bytes, modifiedMs }: ListedImage) => {
    findings.set(name, { name, bytes, modifiedMs, ...(await examine(walk.native(name))) });
    onProgress(++done / unknown.length);
  };
  await pMap(unknown, examineOne, { concurrency: imagesAtOnce });
  const found = images.map((image) => ({ image, finding: findings.get(image.name) as Kept }));
  const scan = {
    images: found.flatMap(({ image, finding }) => (finding.state === 'good' ? [{ ...finding, ...image }] : [])),
    bad: found.flatMap(({ image, finding }) =>
      finding.state === 'good' ? [] : [{ path: walk.shown(image.name), reason: finding.reason }],
    ),
  };
  if (unknown.length > 0) {
    const lasting = found.map(({ finding }) => finding).filter(({ state }) => state !== 'unreadable');
    await file.keep(Buffer.from(JSON.stringify(lasting)), onWarning);
  }
  return { ...scan, bad: [...missing, ...scan.bad] };
}

async function readKept(file: CacheFile): Promise<Map<string, Kept>> {
  const content = await file.read();
  const kept: Kept[] = content ? JSON.parse(Buffer.from(content).toString('utf8')) : [];
  return new Map(kept.map((finding) => [finding.name, finding]));
}

async function examine(file: PathLike): Promise<Finding> {
  let content: Buffer;
  try {
    content = await readFile(file);
  } catch (error) {
    return { state: 'unreadable', reason: `cannot be read (${(error as NodeJS.ErrnoException).code})` };
  }
  try {
    await decodeImage(content, probePx);
    const sha256 = createHash('sha256').update(content).digest('hex');
    return { state: 'good', sha256, ...(await readFacts(content)) };
  } catch (error) {
    return { state: 'damaged', reason: (error as Error).message.split('\n')[0] ?? 'cannot be decoded' };
  }
}
