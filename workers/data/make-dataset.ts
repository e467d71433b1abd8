import path from 'node:path';
import { digest } from '../../search/base/hash.js';
import { decodedBytes, wholeInMemoryBytes } from '../../search/cost/data.js';
import type { DatasetSpec } from '../../search/plan/dataset.js';
import { findDuplicates, warnOf } from './checks.js';
import { type Dataset, type Split, splits } from './dataset.js';
import { ImageCache } from './image-cache.js';
import { contentsOf, type DatasetFacts, type ImageList, IndexFile } from './index-file.js';
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
  /** Images of a dataset that need no list in a file. */
  readonly listedImages?: number | undefined;
  /** Threads that decode a split that is not. */
  readonly threads?: number | undefined;
}

/** Datasets of more images are listed in a file, so that a training of them starts without looking at them all. */
const usualListedImages = 20_000;

/** The dataset of a source's images: split, identified, and decoded by way of the cache. Throws `bad-data`. */
export async function makeDataset(source: ImageSource, spec: DatasetSpec, keeping: Keeping): Promise<Dataset> {
  const { cacheFolder, onWarning, listedImages = usualListedImages } = keeping;
  const { classes, bad, nativeResolutionPx, passedOver = [], notes = [], decoder } = source;
  const { images, digest: identity } = identifyImages(source, spec);
  const cache = new ImageCache(cacheFolder, onWarning);
  const facts: DatasetFacts = {
    classes,
    digest: identity,
    nativeResolutionPx,
    bad,
    passedOver,
    notes: [...notes, ...warnOf(images, source.classes, findDuplicates(images))],
    normalisation: await normalisationOf(images.train, source, cache),
    decoder,
  };
  const listOf = (split: Split) => listImages(images[split], classes);
  const lists = { train: listOf('train'), validation: listOf('validation'), test: listOf('test') };
  const file = indexFile(cacheFolder, spec, identity);
  const known = source.images.length > listedImages ? IndexFile.open(file) : null;
  known?.close();
  if (source.images.length > listedImages && !known) {
    await IndexFile.write(file, facts, lists).catch(({ code, message }: NodeJS.ErrnoException) => {
      onWarning(`${file}: the list of the images is not kept, since this file cannot be written (${code ?? message})`);
    });
  }
  return datasetOf(facts, lists, source, spec, keeping);
}

/** The dataset that an earlier opening on this machine has listed under a digest; null where none has. */
export function listedDataset(
  spec: DatasetSpec,
  identity: string,
  source: Pick<ImageSource, 'reader'>,
  keeping: Keeping,
): Dataset | null {
  const index = IndexFile.open(indexFile(keeping.cacheFolder, spec, identity));
  if (!index) return null;
  const lists = { train: index.images('train'), validation: index.images('validation'), test: index.images('test') };
  return datasetOf(index.facts, lists, { ...source, decoder: index.facts.decoder }, spec, keeping);
}

function indexFile(cacheFolder: string, spec: DatasetSpec, identity: string): string {
  return path.join(cacheFolder, 'opened', digest({ spec, identity }).slice(0, 40));
}

function datasetOf(
  { decoder: _decoder, ...facts }: DatasetFacts,
  lists: Readonly<Record<Split, ImageList>>,
  source: Pick<ImageSource, 'reader' | 'decoder' | 'shown' | 'forget'>,
  spec: DatasetSpec,
  { cacheFolder, onWarning, memoryBytes = wholeInMemoryBytes, threads }: Keeping,
): Dataset {
  const cache = new ImageCache(cacheFolder, onWarning);
  const isSmall = (split: Split, resolutionPx: number) =>
    decodedBytes({ images: lists[split].count, resolutionPx }) <= memoryBytes;
  const taskOf = (split: Split, resolutionPx: number) => ({
    spec,
    source,
    images: lists[split],
    resolutionPx,
    cacheFolder,
    threads,
  });
  const load: Dataset['load'] = async (split, resolutionPx, onProgress) => {
    const { count, labels, at } = lists[split];
    const images = Array.from({ length: count }, (_, i) => at(i));
    const pixels = await cache.pixels(source, images, resolutionPx, onProgress);
    return { shape: [resolutionPx, resolutionPx, 3], count, pixels, labels };
  };
  return {
    ...facts,
    counts: { train: lists.train.count, validation: lists.validation.count, test: lists.test.count },
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

function listImages(images: readonly SourceImage[], classes: readonly string[]): ImageList {
  return {
    count: images.length,
    labels: labelsOf(images, classes),
    contents: contentsOf(images),
    at: (place) => images[place] as SourceImage,
  };
}

function labelsOf(images: readonly SourceImage[], classes: readonly string[]): Uint8Array | Uint16Array {
  const label = new Map(classes.map((name, i) => [name, i]));
  const labels = images.map(({ className }) => label.get(className) as number);
  return classes.length <= 256 ? Uint8Array.from(labels) : Uint16Array.from(labels);
}
