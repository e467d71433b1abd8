import { childSeed, Random } from '../../../search/base/random.js';

/** How images are varied in training. */
export interface Augmentation {
  /** Mirror images left to right half of the time. */
  readonly flip: boolean;
  /** Random crops out of the image padded with its mean colour by this share of its side; 0 for none. */
  readonly cropPadding: number;
}

/** What is done to one image: whether it is mirrored, and where the crop begins, in pixels relative to the image's corner. */
export interface Variation {
  readonly mirrored: boolean;
  readonly top: number;
  readonly left: number;
}

/** The variations of one epoch, drawn image by image in the order in which they are trained. */
export function variations(seed: number, epoch: number, resolutionPx: number, { flip, cropPadding }: Augmentation) {
  const random = new Random(childSeed(seed, 'augmentation', epoch));
  const paddingPx = Math.round(cropPadding * resolutionPx);
  const offset = () => (paddingPx > 0 ? random.below(2 * paddingPx + 1) - paddingPx : 0);
  return (): Variation => {
    // Every image draws the same number of times, so that a flag moves no other choice.
    const mirrored = random.uniform() < 0.5;
    const top = offset();
    const left = offset();
    return { mirrored: flip && mirrored, top, left };
  };
}
