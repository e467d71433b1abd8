import sharp from 'sharp';
import type { PictureSource } from '../../dashboard/views/pictures.js';
import { InputError } from '../../search/base/errors.js';
import { openValidationPictures } from '../../workers/data/open.js';
import type { Pictures } from '../../workers/data/pictures.js';

/** Datasets that are kept open: what is known of them, not their pixels. */
const mostOpen = 2;

/**
 * Pictures for the dashboard, from data on this machine. They are shown only where the whole dataset is, byte for byte, what the search was
 * trained on, and the image is of the class that the store says. `cacheFolder`: where opening finds what it found before.
 */
export function validationPictures(cacheFolder: string): PictureSource {
  const opened = new Map<string, Promise<Pictures>>();

  return async ({ dataset, digest }, images, mostPx) => {
    const key = JSON.stringify(dataset);
    const opening = opened.get(key) ?? openValidationPictures(dataset, { cacheFolder });
    opened.delete(key);
    opened.set(key, opening);
    const [oldest] = opened.keys();
    if (opened.size > mostOpen && oldest !== undefined) opened.delete(oldest);
    try {
      const pictures = await opening;
      checkSame(pictures, digest, images);
      const sidePx = Math.min(pictures.nativeResolutionPx, mostPx);
      const decoded = await pictures.decode(
        images.map(({ image }) => image),
        sidePx,
      );
      return {
        classes: pictures.classes,
        sidePx,
        pngs: await Promise.all(decoded.map((pixels) => toPng(pixels, sidePx))),
      };
    } catch (error) {
      // What was wrong with the data may be mended by the next time.
      if (opened.get(key) === opening) opened.delete(key);
      throw error;
    }
  };
}

function checkSame(
  { digest, labels }: Pictures,
  expected: string,
  images: readonly { readonly image: number; readonly truth: number }[],
): void {
  if (digest !== expected)
    throw new InputError(
      'bad-data',
      `data: expected the content with digest ${expected.slice(0, 12)} that the trial was trained on, got ${digest.slice(0, 12)}`,
    );
  const wrong = images.find(({ image, truth }) => labels[image] !== truth);
  if (wrong)
    throw new InputError(
      'bad-data',
      `data: expected an image of class ${wrong.truth} at place ${wrong.image} of the validation split, got ${labels[wrong.image] ?? 'none'}`,
    );
}

function toPng(pixels: Uint8Array, sidePx: number): Promise<Buffer> {
  return sharp(pixels, { raw: { width: sidePx, height: sidePx, channels: 3 } })
    .png({ compressionLevel: 9 })
    .toBuffer();
}
