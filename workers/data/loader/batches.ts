import { childSeed, Random } from '../../../search/base/random.js';
import type { Shape } from '../../../search/network/layers/index.js';
import type { Dataset, ImageSet } from '../dataset.js';
import { type Augmentation, type Variation, variations } from './augmentation.js';

/** Normalised images and their classes. The buffers are used again for the next batch. */
export interface Batch {
  /** NHWC; the first count · height · width · channels numbers are valid. */
  readonly pixels: Float32Array;
  readonly labels: Int32Array;
  readonly count: number;
}

export interface TrainingOrder extends Augmentation {
  readonly batch: number;
  readonly seed: number;
  /** From 1. */
  readonly epoch: number;
}

const asItIs: Variation = { mirrored: false, top: 0, left: 0 };

/** Optimiser steps of one epoch: whole batches only, but at least one. */
export function stepsPerEpoch(images: number, batch: number): number {
  return Math.max(1, Math.floor(images / batch));
}

/**
 * The batches of one epoch, shuffled and varied by (seed, epoch) alone, so that a training that starts again at an epoch sees the same.
 * What is left over at the end is dropped, unless the whole set is smaller than a batch.
 */
export function* trainingBatches(
  set: ImageSet,
  normalisation: Dataset['normalisation'],
  { batch, seed, epoch, ...augmentation }: TrainingOrder,
): Generator<Batch> {
  const order = new Random(childSeed(seed, 'order', epoch)).shuffle(
    Uint32Array.from({ length: set.count }, (_, i) => i),
  );
  const vary = variations(seed, epoch, set.shape[0], augmentation);
  const writer = new BatchWriter(set, normalisation, Math.min(batch, set.count));
  const steps = stepsPerEpoch(set.count, batch);
  for (let step = 0; step < steps; step++) {
    yield writer.write(order.subarray(step * batch, (step + 1) * batch), vary);
  }
}

/** Every image of a set once, in order and unchanged; the last batch may be smaller. */
export function* evaluationBatches(
  set: ImageSet,
  normalisation: Dataset['normalisation'],
  batch: number,
): Generator<Batch> {
  const order = Uint32Array.from({ length: set.count }, (_, i) => i);
  const writer = new BatchWriter(set, normalisation, Math.min(batch, set.count));
  for (let from = 0; from < set.count; from += batch)
    yield writer.write(order.subarray(from, from + batch), () => asItIs);
}

/** Copies images into one batch's buffers: (byte / 255 − mean) / std by table, mirrored and shifted. Beyond the image's edge is 0, the mean colour. */
class BatchWriter {
  private readonly pixels: Float32Array;
  private readonly labels: Int32Array;
  private readonly tables: readonly Float32Array[];

  constructor(
    private readonly set: ImageSet,
    { mean, std }: Dataset['normalisation'],
    size: number,
  ) {
    this.pixels = new Float32Array(size * elements(set.shape));
    this.labels = new Int32Array(size);
    this.tables = mean.map((centre, channel) =>
      Float32Array.from({ length: 256 }, (_, byte) => (byte / 255 - centre) / (std[channel] as number)),
    );
  }

  write(indices: Uint32Array, vary: () => Variation): Batch {
    indices.forEach((index, i) => {
      this.labels[i] = this.set.labels[index] as number;
      this.copy(index, i * elements(this.set.shape), vary());
    });
    return { pixels: this.pixels, labels: this.labels, count: indices.length };
  }

  private copy(index: number, target: number, { mirrored, top, left }: Variation): void {
    const { set, pixels, tables } = this;
    const [height, width, channels] = set.shape;
    const source = index * elements(set.shape);
    if (top !== 0 || left !== 0) pixels.fill(0, target, target + elements(set.shape));
    const firstColumn = Math.max(0, -left);
    const lastColumn = Math.min(width, width - left);
    for (let y = Math.max(0, -top); y < Math.min(height, height - top); y++) {
      const fromRow = source + (y + top) * width * channels;
      const toRow = target + y * width * channels;
      for (let x = firstColumn; x < lastColumn; x++) {
        const column = mirrored ? width - 1 - (x + left) : x + left;
        const from = fromRow + column * channels;
        const to = toRow + x * channels;
        for (let channel = 0; channel < channels; channel++) {
          pixels[to + channel] = (tables[channel] as Float32Array)[set.pixels[from + channel] as number] as number;
        }
      }
    }
  }
}

function elements([height, width, channels]: Shape): number {
  return height * width * channels;
}
