import type { DatasetSpec } from '../../search/plan/dataset.js';
import type { Dataset } from './dataset.js';
import { listedDataset, makeDataset } from './make-dataset.js';
import { openPictures, type Pictures } from './pictures.js';
import { sourceOf, sources } from './sources/index.js';
import type { ImageSource } from './sources/source.js';

export interface OpenOptions {
  /** Where decoded images are kept. May be deleted at any time, and shared by any number of processes. */
  readonly cacheFolder: string;
  /** Gets shares in [0, 1] while images are read for the first time. */
  readonly onProgress?: (share: number) => void;
  /** Gets a sentence where something is amiss that does not stop the training, such as a cache that cannot be written. */
  readonly onWarning?: (sentence: string) => void;
  /** Decoded bytes of a split that may be in memory; larger ones are read as they are needed. */
  readonly memoryBytes?: number;
  /** The digest that the data are known to have: a large dataset that was opened under it before is not looked through again. */
  readonly digest?: string | null;
  /** Images of a dataset that need no list in a file. */
  readonly listedImages?: number;
  /** Threads that decode images while an engine trains. */
  readonly threads?: number;
  /** The registry of sources. */
  readonly sources?: typeof sources;
}

/**
 * Opens a dataset: its images, their split and their digest. A relative path counts from the current folder. Throws an `InputError`,
 * `missing-file` or `bad-data`, that names what cannot be trained on.
 */
export async function openDataset(spec: DatasetSpec, options: OpenOptions): Promise<Dataset> {
  const { cacheFolder, onWarning = () => {}, memoryBytes, threads, listedImages, digest } = options;
  const keeping = { cacheFolder, onWarning, memoryBytes, threads, listedImages };
  const reader = sourceOf(spec, options.sources).reader(spec);
  const listed = digest == null ? null : listedDataset(spec, digest, { reader }, keeping);
  return listed ?? makeDataset(await openSource(spec, options), spec, keeping);
}

/** Opens a dataset to look at some of its validation images, without measuring it. Throws as `openDataset` does. */
export async function openValidationPictures(spec: DatasetSpec, options: OpenOptions): Promise<Pictures> {
  return openPictures(await openSource(spec, options), spec);
}

/** Opens the source of a dataset alone. Throws as `openDataset` does. */
export function openSource(
  spec: DatasetSpec,
  { cacheFolder, onProgress = () => {}, onWarning = () => {}, sources: registry = sources }: OpenOptions,
): Promise<ImageSource> {
  return sourceOf(spec, registry).open(spec, { cacheFolder, onProgress, onWarning });
}
