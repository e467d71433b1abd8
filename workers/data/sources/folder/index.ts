import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import pMap from 'p-map';
import { InputError } from '../../../../search/base/errors.js';
import { median } from '../../../../search/base/median.js';
import type { DatasetSpec } from '../../../../search/plan/dataset.js';
import type { CacheFile } from '../../cache-file.js';
import { decodeImage, decoder, imagesAtOnce } from '../../formats/decode.js';
import { type ImageSource, locateFiles, type Source, type SourceImage, type SourceOptions } from '../source.js';
import { classesOf, countImages, listImages } from './listing.js';
import { scanFile, scanImages } from './scan.js';
import type { Walk } from './walk.js';

type FolderSpec = Extract<DatasetSpec, { source: 'folder' }>;

/** Images in a folder for each class. */
export const folder: Source<FolderSpec> = {
  recognise: async (place) => (await stat(place).catch(() => null))?.isDirectory() ?? false,
  classes: async (spec) => (existsSync(spec.path) ? (await classesOf(spec)).length : undefined),
  async count(spec) {
    if (!existsSync(spec.path)) return undefined;
    const { validation, test, limitPerClass = Number.POSITIVE_INFINITY } = spec;
    const { images, isSplit } = await countImages(spec);
    const left = (isSplit ? 1 : 1 - test) * (1 - validation);
    return Math.min(Math.round(images * left), limitPerClass * (await classesOf(spec)).length);
  },
  open: openFolder,
  locate: locateFiles,
};

/**
 * A folder of images per class. The first time every file is read and decoded once, so that a damaged one is named before anything is
 * trained. Throws `missing-file` or `bad-data`.
 */
export async function openFolder(spec: FolderSpec, options: SourceOptions): Promise<ImageSource> {
  const listing = await listImages(spec);
  const file = await scanFile(spec.path, options.cacheFolder);
  const { images, bad } = await scanImages(listing, file, options);
  return {
    classes: listing.classes,
    nativeResolutionPx: Math.round(median(images.map(({ widthPx, heightPx }) => Math.min(widthPx, heightPx)))),
    images: images.map(({ name, className, split, sha256, format, widthPx, heightPx }) => ({
      name,
      className,
      split,
      content: sha256,
      facts: { format, widthPx, heightPx },
    })),
    bad,
    passedOver: listing.passedOver,
    notes: listing.notes,
    decoder,
    decode: (images, resolutionPx, onProgress) => decodeAll(listing.walk, file, images, resolutionPx, onProgress),
  };
}

async function decodeAll(
  walk: Walk,
  scan: CacheFile,
  images: readonly SourceImage[],
  resolutionPx: number,
  onProgress: (share: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytesEach = resolutionPx * resolutionPx * 3;
  const pixels = new Uint8Array(images.length * bytesEach);
  let done = 0;
  const decodeOne = async (image: SourceImage, i: number) => {
    pixels.set(await decodeUnchanged(walk, image, resolutionPx), i * bytesEach);
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

async function decodeUnchanged(walk: Walk, { name, content: sha256 }: SourceImage, px: number): Promise<Uint8Array> {
  try {
    const content = await readFile(walk.native(name));
    if (createHash('sha256').update(content).digest('hex') !== sha256) throw new Error('its content has changed');
    return await decodeImage(content, px);
  } catch (cause) {
    const reason = (cause as Error).message.split('\n')[0];
    throw new InputError(
      'bad-data',
      `${walk.shown(name)}: expected the image that the dataset was opened with, got: ${reason}`,
      { cause },
    );
  }
}
