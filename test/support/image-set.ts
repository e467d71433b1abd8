import { Random } from '../../search/base/random.js';
import type { TrainingData } from '../../workers/training/train.js';

/**
 * Images of bars that tell their class by their direction: level, upright, rising. Small enough that a network learns them in seconds,
 * and no class has a mean of its own.
 */
export function barsData(sidePx: number, trainImages: number, validationImages: number): TrainingData {
  return {
    train: bars(sidePx, trainImages, 1),
    validation: bars(sidePx, validationImages, 2),
  };
}

/** What the bars are normalised by. */
export const barsNormalisation = { mean: [0.4, 0.4, 0.4], std: [0.3, 0.3, 0.3] };

function bars(side: number, count: number, seed: number): TrainingData['train'] {
  const random = new Random(seed);
  const pixels = new Uint8Array(count * side * side * 3);
  const labels = new Uint8Array(count);
  for (let image = 0; image < count; image++) {
    const label = image % 3;
    const phase = random.below(4);
    labels[image] = label;
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++) {
        const along = [y, x, x + y][label] as number;
        const value = ((along + phase) % 4 < 2 ? 190 : 30) + random.below(40);
        pixels.fill(value, 3 * ((image * side + y) * side + x), 3 * ((image * side + y) * side + x + 1));
      }
  }
  return { shape: [side, side, 3], count, pixels, labels };
}
