import type { Shape } from '../../search/network/layers/index.js';
import type { PassedOver } from './passed-over.js';

export type Split = 'train' | 'validation' | 'test';
export const splits: readonly Split[] = ['train', 'validation', 'test'];

/** Images of one split at one resolution, decoded and in memory: RGB bytes, NHWC, and a class index per image. */
export interface ImageSet {
  /** Of one image. */
  readonly shape: Shape;
  readonly count: number;
  /** count · height · width · channels bytes. */
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array | Uint16Array;
}

/** Mean and standard deviation of each channel, of pixels in [0, 1]. Images are normalised to (pixel / 255 − mean) / std. */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Images of one split at one resolution that are read as they are needed; only labels are in memory. */
export interface ImageStream extends Omit<ImageSet, 'pixels'> {
  /**
   * Reads the images at these places, one after another, into shared memory of at least as many bytes. Several calls may run at once. Rejects
   * with `bad-data` where an image is not what it was.
   */
  fetch(places: Uint32Array, target: SharedArrayBuffer): Promise<void>;
  /** Ends the threads that read; the stream cannot be used afterwards. */
  close(): Promise<void>;
}

/** Images in memory, or read as they are needed. */
export type Images = ImageSet | ImageStream;

/** Ends the reading of images, wherever they are. */
export async function closeImages(images: Images): Promise<void> {
  if (!('pixels' in images)) await images.close();
}

/** An image that could not be used. */
export interface BadImage {
  readonly path: string;
  readonly reason: string;
}

/** An opened dataset: what is in it is known, images are decoded on demand at the resolution a network asks for. */
export interface Dataset {
  readonly classes: readonly string[];
  readonly counts: Readonly<Record<Split, number>>;
  /** SHA-256 of the content and the split, independent of the resolution, the machine and the path. Recorded with every result. */
  readonly digest: string;
  readonly nativeResolutionPx: number;
  readonly bad: readonly BadImage[];
  /** Files that are no images of a class, by reason. */
  readonly passedOver: readonly PassedOver[];
  /** Sentences on how the data were read and on what is amiss with them; usually none. */
  readonly notes: readonly string[];
  /** Of the training split: what inputs are normalised by. */
  readonly normalisation: Normalisation;
  /**
   * The images of a split, resized to a square of this side, for a training: in memory where they are few, otherwise read as they are needed,
   * so that the memory of a training does not grow with their number. Whoever opens them closes them (`closeImages`).
   */
  open(split: Split, resolutionPx: number, onProgress?: (share: number) => void): Promise<Images>;
  /**
   * Decodes a split for all trainings of this machine, where that pays: into the cache on the disk, as far as its budget allows. Gives
   * whether trainings find it decoded.
   */
  prepare(split: Split, resolutionPx: number, onProgress?: (share: number) => void): Promise<boolean>;
  /** All images of a split in memory, resized to a square of this side; cached. `onProgress` gets shares in [0, 1]; what it throws ends the reading. */
  load(split: Split, resolutionPx: number, onProgress?: (share: number) => void): Promise<ImageSet>;
}
