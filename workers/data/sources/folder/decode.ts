import os from 'node:os';
import sharp from 'sharp';

// Every file is read once and many are decoded side by side: sharp's cache and its threads per image would only get in the way.
sharp.cache(false);
sharp.concurrency(1);

/** Images that are read and decoded at the same time. */
export const imagesAtOnce = 2 * os.availableParallelism();

/** What turns a file into pixels: the steps below and the library that takes them. */
export const decoder = `cover-1 vips-${sharp.versions.vips}`;

/**
 * Decodes an image file to a square of RGB bytes: turned as its EXIF data say, transparency on white, grey and CMYK as sRGB, the middle
 * cut out to a square, resized with bicubic interpolation over the covered area. Rejects for a truncated or damaged file.
 */
export async function decodeImage(content: Uint8Array, resolutionPx: number): Promise<Uint8Array> {
  const { data, info } = await sharp(content, { failOn: 'warning' })
    .autoOrient()
    .flatten({ background: '#ffffff' })
    .resize(resolutionPx, resolutionPx, {
      fit: 'cover',
      position: 'centre',
      kernel: 'cubic',
      fastShrinkOnLoad: false,
    })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Error(`decoded to ${info.channels} channels`);
  return data;
}

/** The shorter side of an image in pixels, from its header. */
export async function shorterSidePx(content: Uint8Array): Promise<number> {
  const { width, height } = await sharp(content).metadata();
  return Math.min(width, height);
}
