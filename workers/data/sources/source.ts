import { existsSync } from 'node:fs';
import path from 'node:path';
import type { DatasetSpec, StoredDataset } from '../../../search/plan/dataset.js';
import type { BadImage, Split } from '../dataset.js';
import type { ImageFacts } from '../formats/decode.js';
import type { PassedOver } from '../passed-over.js';

/** A place that images can come from. One entry in the registry (`index.ts`) makes it known to the whole program. */
export interface Source<Spec = DatasetSpec> {
  /** Whether the source can read what lies at this path. False for a source without files. */
  recognise(place: string): Promise<boolean>;
  /** Number of classes, without opening the data; undefined where they are not on this machine. */
  classes(spec: Spec): Promise<number | undefined>;
  /** About how many images the training split has, without opening the data; undefined where they are not on this machine. */
  count(spec: Spec): Promise<number | undefined>;
  /** Opens the data. Throws an `InputError`, `missing-file` or `bad-data`, that names what cannot be trained on. */
  open(spec: Spec, options: SourceOptions): Promise<ImageSource>;
  /** Makes a reader of the opened images' pixels. Any number of threads may have one each. */
  reader(spec: Spec): Reader;
  /** Finds the data on a worker, whose `folders` are searched for the last name of the path. */
  locate(spec: Spec, folders: readonly string[]): Location;
}

/** Where a dataset lies on this machine. */
export interface Location {
  /** The dataset to open here; null where this machine lacks it. */
  readonly found: DatasetSpec | null;
  /** The paths that were looked at; empty for a source without files. */
  readonly places: readonly string[];
}

/** `locate` of sources in files: below each of the folders by the last name of the path, then at the path itself. */
export function locateFiles<Spec extends StoredDataset>(spec: Spec, folders: readonly string[]): Location {
  const name = path.basename(spec.path);
  const places = [...folders.map((folder) => path.join(folder, name)), spec.path];
  const place = places.find((candidate) => existsSync(candidate));
  return { found: place === undefined ? null : { ...spec, path: path.resolve(place) }, places };
}

/** Everything known about an image without its pixels: enough to split, label and identify it. */
export interface SourceImage {
  /** Unique in the source and the same on every machine, such as `train/cat/17.jpg`. */
  readonly name: string;
  readonly className: string;
  /** The split that the source itself names; null where the seed decides. */
  readonly split: Split | null;
  /** Differs when the pixels differ; says nothing of where the image lies. */
  readonly content: string;
  /** Where its reader finds it, as JSON. */
  readonly place: unknown;
  /** What the header of its file says; absent for an image without a file of its own. */
  readonly facts?: ImageFacts;
}

/** What a reader needs of an image. */
export type ImagePlace = Pick<SourceImage, 'name' | 'content' | 'place'>;

/** Pixels as a source has them: an encoded file, whose SHA-256 is the image's content; or a square of RGB bytes. */
export type Picture =
  | { readonly kind: 'file'; readonly content: Uint8Array }
  | { readonly kind: 'square'; readonly sidePx: number; readonly pixels: Uint8Array | Uint8ClampedArray };

/** Gets the pixels of images, of several at a time. */
export interface Reader {
  /** Rejects where the image is not what it was when the source was opened. */
  load(image: ImagePlace): Promise<Picture>;
}

/** An opened source: its images, and a reader of their pixels. Splitting, caching and hashing are the same for every source. */
export interface ImageSource<Image extends SourceImage = SourceImage> {
  /** Names in the order of the labels. */
  readonly classes: readonly string[];
  readonly nativeResolutionPx: number;
  readonly images: readonly Image[];
  readonly bad: readonly BadImage[];
  /** Files that are no images of a class, by reason. */
  readonly passedOver?: readonly PassedOver[];
  /** Sentences on how the data were read where that could be doubted. */
  readonly notes?: readonly string[];
  /** Names what turns contents into pixels, with its version: pixels that another one made are not taken from the cache. */
  readonly decoder: string;
  readonly reader: Reader;
  /** The absolute path of an image, for messages. */
  shown?(image: ImagePlace): string;
  /** Called when an image is found to have changed, so that the next opening looks again. */
  forget?(): Promise<void>;
}

/** What a source is opened with. */
export interface SourceOptions {
  /** Where a source keeps its findings, so that it need not look again. */
  readonly cacheFolder: string;
  readonly onProgress: (share: number) => void;
  readonly onWarning: (sentence: string) => void;
}
