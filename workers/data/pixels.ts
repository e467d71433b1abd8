import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import pMap from 'p-map';
import { InputError } from '../../search/base/errors.js';
import { decodeImage, imagesAtOnce } from './formats/decode.js';
import { Resizer } from './resize.js';
import type { ImagePlace, ImageSource, Picture } from './sources/source.js';

/** Images between two chances for other work of this thread. */
const imagesBetweenPauses = 100;

/** RGB bytes of the images one after the other, each a square of this side. `onProgress` gets shares in [0, 1]. Throws `bad-data`. */
export async function decodeImages(
  source: Pick<ImageSource, 'reader' | 'shown' | 'forget'>,
  images: readonly ImagePlace[],
  resolutionPx: number,
  onProgress: (share: number) => void = () => {},
): Promise<Uint8Array<ArrayBuffer>> {
  const bytesEach = resolutionPx * resolutionPx * 3;
  const pixels = new Uint8Array(images.length * bytesEach);
  const squares = new Squares();
  let done = 0;
  const decodeOne = async (image: ImagePlace, i: number) => {
    await squares.write(image, await source.reader.load(image), resolutionPx, pixels, i * bytesEach);
    onProgress(++done / images.length);
    if (done % imagesBetweenPauses === 0) await setImmediate();
  };
  try {
    await pMap(
      images,
      (image, i) => decodeOne(image, i).catch((error) => Promise.reject(changed(source, image, error))),
      {
        concurrency: imagesAtOnce,
      },
    );
  } catch (error) {
    if (error instanceof InputError) await source.forget?.();
    throw error;
  }
  return pixels;
}

/** Turns pictures into squares of RGB bytes. */
export class Squares {
  private readonly resizers = new Map<string, Resizer>();

  /** Writes resolutionPx² · 3 bytes at `offset`. Rejects for a file with another content than the image had. */
  async write(
    image: ImagePlace,
    picture: Picture,
    resolutionPx: number,
    target: Uint8Array,
    offset: number,
  ): Promise<void> {
    if (picture.kind === 'square') {
      this.resizer(picture.sidePx, resolutionPx).resize(picture.pixels, target, offset);
      return;
    }
    const sha256 = createHash('sha256').update(picture.content).digest('hex');
    if (sha256 !== image.content) throw new Error('its content has changed');
    target.set(await decodeImage(picture.content, resolutionPx), offset);
  }

  private resizer(fromPx: number, toPx: number): Resizer {
    const key = `${fromPx} ${toPx}`;
    let resizer = this.resizers.get(key);
    if (!resizer) {
      resizer = new Resizer(fromPx, toPx);
      this.resizers.set(key, resizer);
    }
    return resizer;
  }
}

/** The error of an image that could be used when its source was opened. */
function changed(source: Pick<ImageSource, 'shown'>, image: ImagePlace, cause: unknown): unknown {
  if (cause instanceof InputError) return cause;
  const name = source.shown?.(image) ?? image.name;
  const reason = (cause as Error).message.split('\n')[0];
  return new InputError('bad-data', `${name}: expected the image that the dataset was opened with, got: ${reason}`, {
    cause,
  });
}
