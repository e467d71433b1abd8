import { digest } from '../../search/base/hash.js';
import type { DatasetSpec } from '../../search/plan/dataset.js';
import { findDuplicates, warnOf } from './checks.js';
import { type Dataset, splits } from './dataset.js';
import type { ImageCache } from './image-cache.js';
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

/** The dataset of a source's images: split, identified, and decoded by way of the cache. Throws `bad-data`. */
export async function makeDataset<Image extends SourceImage>(
  source: ImageSource<Image>,
  spec: DatasetSpec,
  cache: ImageCache,
): Promise<Dataset> {
  const { classes, bad, nativeResolutionPx, passedOver = [], notes = [] } = source;
  const { images, digest: identity } = identifyImages(source, spec);
  return {
    classes,
    counts: { train: images.train.length, validation: images.validation.length, test: images.test.length },
    digest: identity,
    nativeResolutionPx,
    bad,
    passedOver,
    notes: [...notes, ...warnOf(images, classes, findDuplicates(images))],
    normalisation: await normalisationOf(images.train, source, cache),
    load: async (split, resolutionPx, onProgress) => ({
      shape: [resolutionPx, resolutionPx, 3],
      count: images[split].length,
      pixels: await cache.pixels(source, images[split], resolutionPx, onProgress),
      labels: labelsOf(images[split], classes),
    }),
  };
}

function labelsOf(images: readonly SourceImage[], classes: readonly string[]): Uint8Array | Uint16Array {
  const label = new Map(classes.map((name, i) => [name, i]));
  const labels = images.map(({ className }) => label.get(className) as number);
  return classes.length <= 256 ? Uint8Array.from(labels) : Uint16Array.from(labels);
}
