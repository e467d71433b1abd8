import { constants } from 'node:buffer';
import path from 'node:path';
import { InputError } from '../../search/base/errors.js';
import { digest } from '../../search/base/hash.js';
import { CacheFile } from './cache-file.js';
import { decodeImages } from './pixels.js';
import type { ImagePlace, ImageSource } from './sources/source.js';

/** What the cache needs of a source. */
type Decodable = Pick<ImageSource, 'decoder' | 'reader' | 'shown' | 'forget'>;

/**
 * What was made of images, in files named after their content: decoded at a resolution, measured. Neither the place of the images nor
 * the split they are used in matters. Every file may be deleted at any time.
 */
export class ImageCache {
  constructor(
    private readonly folder: string,
    private readonly onWarning: (sentence: string) => void,
  ) {}

  /** RGB bytes of the images in this order, NHWC: from the cache, or decoded and kept. */
  async pixels<Image extends ImagePlace>(
    source: Decodable,
    images: readonly Image[],
    resolutionPx: number,
    onProgress: (share: number) => void = () => {},
  ): Promise<Uint8Array> {
    const bytes = images.length * resolutionPx * resolutionPx * 3;
    if (bytes > constants.MAX_LENGTH) {
      throw new InputError(
        'does-not-fit',
        `data: expected at most ${constants.MAX_LENGTH} bytes of decoded images, got ${bytes} for ${images.length} images at ${resolutionPx} px`,
      );
    }
    const file = this.file('pixels', source, images, resolutionPx);
    const kept = await file.read();
    if (kept?.length === bytes) return kept;
    const pixels = await decodeImages(source, images, resolutionPx, onProgress);
    await file.keep(pixels, this.onWarning);
    return pixels;
  }

  /** A small record about the images at a resolution, made by `make` the first time. */
  async record<T, Image extends ImagePlace>(
    kind: string,
    source: Decodable,
    images: readonly Image[],
    resolutionPx: number,
    make: () => Promise<T>,
  ): Promise<T> {
    const file = this.file(kind, source, images, resolutionPx);
    const kept = await file.read();
    if (kept) return JSON.parse(Buffer.from(kept).toString('utf8')) as T;
    const record = await make();
    await file.keep(Buffer.from(JSON.stringify(record)), this.onWarning);
    return record;
  }

  private file(kind: string, { decoder }: Decodable, images: readonly ImagePlace[], resolutionPx: number) {
    const id = digest({ decoder, resolutionPx, content: images.map(({ content }) => content) });
    return new CacheFile(path.join(this.folder, kind, `${id.slice(0, 40)}`));
  }
}
