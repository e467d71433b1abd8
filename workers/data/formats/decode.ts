import os from 'node:os';
import sharp, { type Sharp } from 'sharp';
import { decodeBmp, type Pixels } from './bmp.js';
import { decodePnm } from './pnm.js';
import { type Format, sniff } from './sniff.js';

// Every file is read once and many are decoded side by side: sharp's cache and its threads per image would only get in the way.
sharp.cache(false);
sharp.concurrency(1);

/** Images that are read and decoded at the same time. */
export const imagesAtOnce = 2 * os.availableParallelism();

/** What turns a file into pixels: the steps below and the library that takes them. */
export const decoder = `cover-1 vips-${sharp.versions.vips}`;

/** Formats that sharp does not read, which are decoded to RGBA here. */
const ownDecoders: Readonly<Record<string, (content: Uint8Array) => Pixels>> = { BMP: decodeBmp, PNM: decodePnm };

/**
 * Decodes an image file to a square of RGB bytes: turned as its EXIF data say, transparency on white, grey and CMYK as sRGB, the middle
 * cut out to a square, resized with bicubic interpolation over the covered area. What a decoder only warns of is decoded, as viewers do.
 * Rejects for a file that is cut off or damaged, or whose format cannot be decoded.
 */
export async function decodeImage(content: Uint8Array, resolutionPx: number): Promise<Uint8Array> {
  const { data, info } = await open(content, formatOf(content))
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

/** Small, so that it is quick; yet the file is read to its last row, so that one that is cut off is found. */
const probePx = 32;

/**
 * Reads an image to its end without making all of its pixels: a JPEG is decoded at an eighth of its size. Rejects where `decodeImage` does.
 */
export async function checkImage(content: Uint8Array): Promise<ImageFacts> {
  const format = formatOf(content);
  const image = open(content, format);
  const { width, height } = await image.metadata();
  await image.resize(probePx, probePx, { fit: 'fill', kernel: 'nearest' }).raw().toBuffer();
  return { format: format.name, widthPx: width, heightPx: height };
}

/** What the header of an image says. */
export interface ImageFacts {
  /** Such as `JPEG`. */
  readonly format: string;
  /** As they are stored, before EXIF data turn them. */
  readonly widthPx: number;
  readonly heightPx: number;
}

function formatOf(content: Uint8Array): Format {
  if (content.length === 0) throw new Error('the file is empty');
  const format = sniff(content);
  if (!format) throw new Error('its content is not that of an image');
  if (format.unreadable) throw new Error(format.unreadable);
  return format;
}

function open(content: Uint8Array, format: Format): Sharp {
  const own = ownDecoders[format.name];
  if (!own) return sharp(content, { failOn: 'error' });
  const { width, height, rgba } = own(content);
  return sharp(rgba, { raw: { width, height, channels: 4 } });
}
