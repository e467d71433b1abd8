import { childSeed, Random } from '../../../search/base/random.js';
import type { Shape } from '../../../search/network/layers/index.js';
import type { ImageSet } from '../dataset.js';
import { type Augmentation, variations } from './augmentation.js';

/** Images as they are stored, their classes, and how each is varied; normalising is the engine's. The buffers are used again for the next batch. */
export interface Batch {
  /** Of one image. */
  readonly shape: Shape;
  /** NHWC bytes; the first count · height · width · channels are valid. */
  readonly pixels: Uint8Array;
  readonly labels: Int32Array;
  readonly count: number;
  /**
   * Three numbers an image: whether it is mirrored (0 or 1), and the row and the column of the original at which the crop begins. What lies
   * beyond the image's edge is the mean colour, 0 once normalised. Null: images as they are.
   */
  readonly variations: Int32Array | null;
}

export interface TrainingOrder extends Augmentation {
  readonly batch: number;
  readonly seed: number;
  /** From 1. */
  readonly epoch: number;
}

/** Optimiser steps of one epoch: whole batches only, but at least one. */
export function stepsPerEpoch(images: number, batch: number): number {
  return Math.max(1, Math.floor(images / batch));
}

/**
 * The batches of one epoch, shuffled and varied by (seed, epoch) alone, so that a training that starts again at an epoch sees the same.
 * Images left over at the end are dropped, unless the whole set is smaller than a batch.
 */
export function* trainingBatches(
  set: ImageSet,
  { batch, seed, epoch, ...augmentation }: TrainingOrder,
): Generator<Batch> {
  const order = new Random(childSeed(seed, 'order', epoch)).shuffle(
    Uint32Array.from({ length: set.count }, (_, i) => i),
  );
  const vary = variations(seed, epoch, set.shape[0], augmentation);
  const gather = gatherer(set, Math.min(batch, set.count));
  const drawn = new Int32Array(3 * Math.min(batch, set.count));
  const steps = stepsPerEpoch(set.count, batch);
  for (let step = 0; step < steps; step++) {
    const indices = order.subarray(step * batch, (step + 1) * batch);
    for (let i = 0; i < indices.length; i++) {
      const { mirrored, top, left } = vary();
      drawn[3 * i] = mirrored ? 1 : 0;
      drawn[3 * i + 1] = top;
      drawn[3 * i + 2] = left;
    }
    yield { ...gather(indices), variations: drawn };
  }
}

/** Every image of a set once, in order and unchanged; the last batch may be smaller. */
export function* evaluationBatches(set: ImageSet, batch: number): Generator<Batch> {
  const order = Uint32Array.from({ length: set.count }, (_, i) => i);
  const gather = gatherer(set, Math.min(batch, set.count));
  for (let from = 0; from < set.count; from += batch)
    yield { ...gather(order.subarray(from, from + batch)), variations: null };
}

/** Copies images and labels into buffers for `size` images, which each call writes again. */
function gatherer(set: ImageSet, size: number): (indices: Uint32Array) => Omit<Batch, 'variations'> {
  const imageBytes = set.shape.reduce((product, side) => product * side, 1);
  const pixels = new Uint8Array(size * imageBytes);
  const labels = new Int32Array(size);
  return (indices) => {
    indices.forEach((index, i) => {
      labels[i] = set.labels[index] as number;
      pixels.set(set.pixels.subarray(index * imageBytes, (index + 1) * imageBytes), i * imageBytes);
    });
    return { shape: set.shape, pixels, labels, count: indices.length };
  };
}
