import type { DatasetSpec } from '../../search/plan/dataset.js';
import type { Dataset } from './dataset.js';
import { ImageCache } from './image-cache.js';
import { makeDataset } from './make-dataset.js';
import { openPictures, type Pictures } from './pictures.js';
import { openCifar10 } from './sources/cifar10.js';
import { openFolder } from './sources/folder/index.js';
import { openShapes } from './sources/shapes/index.js';
import type { ImageSource, SourceOptions } from './sources/source.js';

export interface OpenOptions {
  /** Where decoded images are kept. May be deleted at any time, and shared by any number of processes. */
  readonly cacheFolder: string;
  /** Gets shares in [0, 1] while images are read for the first time. */
  readonly onProgress?: (share: number) => void;
  /** Gets a sentence where something is amiss that does not stop the training, such as a cache that cannot be written. */
  readonly onWarning?: (sentence: string) => void;
}

type SpecOf<Name extends DatasetSpec['source']> = Extract<DatasetSpec, { source: Name }>;

const sources: {
  readonly [Name in DatasetSpec['source']]: (spec: SpecOf<Name>, options: SourceOptions) => Promise<ImageSource>;
} = {
  shapes: openShapes,
  folder: openFolder,
  cifar10: openCifar10,
};

/**
 * Opens a dataset: what is in it, its split and its digest. A relative path counts from the current folder. Throws an `InputError`,
 * `missing-file` or `bad-data`, that names what cannot be trained on.
 */
export async function openDataset(spec: DatasetSpec, options: OpenOptions): Promise<Dataset> {
  const { cacheFolder, onWarning = () => {} } = options;
  return makeDataset(await openSource(spec, options), spec, new ImageCache(cacheFolder, onWarning));
}

/** Opens a dataset to look at some of its validation images, without measuring it. Throws as `openDataset` does. */
export async function openValidationPictures(spec: DatasetSpec, options: OpenOptions): Promise<Pictures> {
  return openPictures(await openSource(spec, options), spec);
}

function openSource(
  spec: DatasetSpec,
  { cacheFolder, onProgress = () => {}, onWarning = () => {} }: OpenOptions,
): Promise<ImageSource> {
  const open = sources[spec.source] as (spec: DatasetSpec, options: SourceOptions) => Promise<ImageSource>;
  return open(spec, { cacheFolder, onProgress, onWarning });
}
