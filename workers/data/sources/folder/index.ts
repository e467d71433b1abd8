import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import pMap from 'p-map';
import { InputError } from '../../../../search/base/errors.js';
import { median } from '../../../../search/base/median.js';
import type { DatasetSpec } from '../../../../search/plan/dataset.js';
import type { CacheFile } from '../../cache-file.js';
import { type ImageSource, locateFiles, type Source, type SourceImage, type SourceOptions } from '../source.js';
import { decodeImage, decoder, imagesAtOnce } from './decode.js';
import { classFolders, countImages, listImages } from './listing.js';
import { scanFile, scanImages } from './scan.js';

type FolderSpec = Extract<DatasetSpec, { source: 'folder' }>;

/** Images in a folder for each class. */
export const folder: Source<FolderSpec> = {
  recognise: async (place) => (await stat(place).catch(() => null))?.isDirectory() ?? false,
  classes: async ({ path: root }) => (existsSync(root) ? (await classFolders(root)).length : undefined),
  async count({ path: root, validation, test, limitPerClass = Number.POSITIVE_INFINITY }) {
    if (!existsSync(root)) return undefined;
    const { images, isSplit } = await countImages(root);
    const left = (isSplit ? 1 : 1 - test) * (1 - validation);
    return Math.min(Math.round(images * left), limitPerClass * (await classFolders(root)).length);
  },
  open: openFolder,
  locate: locateFiles,
};

/**
 * A folder of images per class. The first time every file is read and decoded once, so that a damaged one is named before anything is
 * trained. Throws `missing-file` or `bad-data`.
 */
export async function openFolder({ path: root }: FolderSpec, options: SourceOptions): Promise<ImageSource> {
  const listing = await listImages(root);
  const file = await scanFile(root, options.cacheFolder);
  const { images, bad } = await scanImages(listing, file, options);
  return {
    classes: listing.classes,
    nativeResolutionPx: Math.round(median(images.map(({ shorterSidePx }) => shorterSidePx))),
    images: images.map(({ sha256, ...image }) => ({ ...image, content: sha256 })),
    bad,
    decoder,
    decode: (images, resolutionPx, onProgress) => decodeAll(root, file, images, resolutionPx, onProgress),
  };
}

async function decodeAll(
  root: string,
  scan: CacheFile,
  images: readonly SourceImage[],
  resolutionPx: number,
  onProgress: (share: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytesEach = resolutionPx * resolutionPx * 3;
  const pixels = new Uint8Array(images.length * bytesEach);
  let done = 0;
  const decodeOne = async ({ name, content }: SourceImage, i: number) => {
    const file = path.join(root, name);
    pixels.set(await decodeUnchanged(file, content, resolutionPx), i * bytesEach);
    onProgress(++done / images.length);
  };
  try {
    await pMap(images, decodeOne, { concurrency: imagesAtOnce });
  } catch (error) {
    // The next opening must look at the files again, whatever their sizes and dates say.
    if (error instanceof InputError) await scan.remove();
    throw error;
  }
  return pixels;
}

async function decodeUnchanged(file: string, sha256: string, resolutionPx: number): Promise<Uint8Array> {
  try {
    const content = await readFile(file);
    if (createHash('sha256').update(content).digest('hex') !== sha256) throw new Error('its content has changed');
    return await decodeImage(content, resolutionPx);
  } catch (cause) {
    const reason = (cause as Error).message.split('\n')[0];
    throw new InputError('bad-data', `${file}: expected the image that the dataset was opened with, got: ${reason}`, {
      cause,
    });
  }
}
