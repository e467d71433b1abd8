import type { DatasetSpec } from '../../search/plan/dataset.js';
import type { Mistake } from '../../search/plan/trial.js';

/** The images that a search was trained on: where they were, and the digest of what they were. */
export interface SearchData {
  readonly dataset: DatasetSpec;
  readonly digest: string;
}

/** Some validation images as PNG files. */
export interface PictureSet {
  /** Names of the classes of the data. */
  readonly classes: readonly string[];
  /** Of each square picture. */
  readonly sidePx: number;
  /** In the order that was asked for. */
  readonly pngs: readonly Buffer[];
}

/**
 * Makes pictures of the validation images of a search at most so large; the dashboard itself opens no data. Throws an `InputError` that says
 * why not where the data are gone, or are not the very same: never a picture of another image.
 */
export type PictureSource = (
  data: SearchData,
  images: readonly Pick<Mistake, 'image' | 'truth'>[],
  mostPx: number,
) => Promise<PictureSet>;

/** On a screen. */
export const shownPx = 128;
/** In a report, which carries them all. */
export const carriedPx = 64;
