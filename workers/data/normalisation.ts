import type { Dataset } from './dataset.js';
import type { ImageCache } from './image-cache.js';
import type { ImageSource, SourceImage } from './sources/source.js';

type Normalisation = Dataset['normalisation'];

/** Measured at one resolution whatever is trained, so that networks of all resolutions are given inputs on the same scale. */
const resolutionPx = 32;
/** At most so many images, evenly out of the sorted training split: enough for three digits. */
const mostImages = 4096;

/** Mean and standard deviation of the channels over the training split, the same in every process. */
export function normalisationOf<Image extends SourceImage>(
  train: readonly Image[],
  source: ImageSource<Image>,
  cache: ImageCache,
): Promise<Normalisation> {
  const step = Math.max(1, train.length / mostImages);
  const sample = Array.from({ length: Math.min(train.length, mostImages) }, (_, i) => train[Math.floor(i * step)]!);
  return cache.record('normalisation', source, sample, resolutionPx, async () =>
    measure(await cache.pixels(source, sample, resolutionPx)),
  );
}

/** Over RGB bytes, as shares of 255. The sums are whole numbers, so the order does not matter. A channel without variation gets 1. */
function measure(pixels: Uint8Array): Normalisation {
  const sums: [number, number, number] = [0, 0, 0];
  const squares: [number, number, number] = [0, 0, 0];
  for (let i = 0; i < pixels.length; i += 3) {
    for (let c = 0; c < 3; c++) {
      const value = pixels[i + c]!;
      sums[c]! += value;
      squares[c]! += value * value;
    }
  }
  const count = pixels.length / 3;
  const std = (c: 0 | 1 | 2) => Math.sqrt(Math.max(0, squares[c] / count - (sums[c] / count) ** 2)) / 255 || 1;
  return {
    mean: [sums[0] / count / 255, sums[1] / count / 255, sums[2] / count / 255],
    std: [std(0), std(1), std(2)],
  };
}
