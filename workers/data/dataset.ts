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
  /** The images of a split, resized to a square of this side; cached. `onProgress` gets shares in [0, 1]; what it throws ends the reading. */
  load(split: Split, resolutionPx: number, onProgress?: (share: number) => void): Promise<ImageSet>;
}
