import type { BadImage, Split } from '../dataset.js';

/** What a source knows of an image without its pixels: enough to split, label and identify it. */
export interface SourceImage {
  /** Unique in the source and the same on every machine, such as `train/cat/17.jpg`. */
  readonly name: string;
  readonly className: string;
  /** Where the source itself puts the image; null where the seed decides. */
  readonly split: Split | null;
  /** Differs when the pixels differ; says nothing of where the image lies. */
  readonly content: string;
}

/** Where images come from: what is there, and how to get at the pixels. Splitting, caching and hashing are the same for every source. */
export interface ImageSource<Image extends SourceImage = SourceImage> {
  /** Names in the order of the labels. */
  readonly classes: readonly string[];
  readonly nativeResolutionPx: number;
  readonly images: readonly Image[];
  readonly bad: readonly BadImage[];
  /** Names what turns contents into pixels, with its version: pixels that another one made are not taken from the cache. */
  readonly decoder: string;
  /** RGB bytes of the images one after the other, each a square of this side. `onProgress` gets shares in [0, 1]. */
  decode(
    images: readonly Image[],
    resolutionPx: number,
    onProgress: (share: number) => void,
  ): Promise<Uint8Array<ArrayBuffer>>;
}

/** What a source is opened with. */
export interface SourceOptions {
  /** Where a source keeps what it found, so that it need not look again. */
  readonly cacheFolder: string;
  readonly onProgress: (share: number) => void;
  readonly onWarning: (sentence: string) => void;
}
