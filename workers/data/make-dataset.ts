import { digest } from '../../search/base/hash.js';
import { decodedBytes, wholeInMemoryBytes } from '../../search/cost/data.js';
import type { DatasetSpec } from '../../search/plan/dataset.js';
import { findDuplicates, warnOf } from './checks.js';
import { type Dataset, type Split, splits } from './dataset.js';
import { ImageCache } from './image-cache.js';
import { keepDecoded, openStream } from './loader/streams.js';
import { normalisationOf } from './normalisation.js';
import type { ImageSource, SourceImage } from './sources/source.js';
import { type SplitImages, splitImages } from './split.js';

/** A source's images in their splits, and the digest of what they are. */
export interface IdentifiedImages<Image extends SourceImage> {
  readonly images: SplitImages<Image>;
  readonly digest: string;
}

/** Splits and identifies a source's images by what the dataset asks for. Throws `bad-data`. */
export function identifyImages<Image extends SourceImage>(
  source: ImageSource<Image>,
  spec: DatasetSpec,
): IdentifiedImages<Image> {
  const images = splitImages(source, { test: 0, ...spec, where: 'path' in spec ? spec.path : 'data' });
  const content = splits.map((split) => images[split].map((image) => [image.className, image.name, image.content]));
  return { images, digest: digest({ classes: source.classes, content }) };
}

/** How the images of a dataset are kept. */
export interface Keeping {
  readonly cacheFolder: string;
  readonly onWarning: (sentence: string) => void;
  /** Decoded bytes of a split that may be in memory. */
  readonly memoryBytes?: number | undefined;
  /** Threads that decode a split that is not. */
  readonly threads?: number | undefined;
}

/** The dataset of a source's images: split, identified, and decoded by way of the cache. Throws `bad-data`. */
export async function makeDataset(source: ImageSource, spec: DatasetSpec, keeping: Keeping): Promise<Dataset> {
  const { cacheFolder, onWarning, memoryBytes = wholeInMemoryBytes, threads } = keeping;
  const { classes, bad, nativeResolutionPx, passedOver = [], notes = [] } = source;
  const { images, digest: identity } = identifyImages(source, spec);
  const cache = new ImageCache(cacheFolder, onWarning);
  const labels = {
    train: labelsOf(images.train, classes),
    validation: labelsOf(images.validation, classes),
    test: labelsOf(images.test, classes),
  };
  const isSmall = (split: Split, px: number) =>
    decodedBytes({ images: images[split].length, resolutionPx: px }) <= memoryBytes;
  const taskOf = (split: Split, resolutionPx: number) => ({
    spec,
    source,
    images: images[split],
    labels: labels[split],
    resolutionPx,
    cacheFolder,
    threads,
  });
  const load: Dataset['load'] = async (split, resolutionPx, onProgress) => ({
    shape: [resolutionPx, resolutionPx, 3],
    count: images[split].length,
    pixels: await cache.pixels(source, images[split], resolutionPx, onProgress),
    labels: labels[split],
  });
  return {
    classes,
    counts: { train: images.train.length, validation: images.validation.length, test: images.test.length },
    digest: identity,
    nativeResolutionPx,
    bad,
    passedOver,
    notes: [...notes, ...warnOf(images, source.classes, findDuplicates(images))],
    normalisation: await normalisationOf(images.train, source, cache),
    load,
    open: async (split, resolutionPx, onProgress) =>
      isSmall(split, resolutionPx) ? load(split, resolutionPx, onProgress) : openStream(taskOf(split, resolutionPx)),
    async prepare(split, resolutionPx, onProgress = () => {}) {
      if (!isSmall(split, resolutionPx)) return keepDecoded(taskOf(split, resolutionPx), onProgress, onWarning);
      await load(split, resolutionPx, onProgress);
      return true;
    },
  };
}

function labelsOf(images: readonly SourceImage[], classes: readonly string[]): Uint8Array | Uint16Array {
  const label = new Map(classes.map((name, i) => [name, i]));
  const labels = images.map(({ className }) => label.get(className) as number);
  return classes.length <= 256 ? Uint8Array.from(labels) : Uint16Array.from(labels);
}
