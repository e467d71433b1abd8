import { childSeed, Random } from '../../../search/base/random.js';
import { batchesAhead } from '../../../search/cost/data.js';
import type { Shape } from '../../../search/network/layers/index.js';
import type { ImageSet, ImageStream, Images } from '../dataset.js';
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
 * The batches of one epoch, shuffled and varied by (seed, epoch) alone, so that a training that starts again at an epoch sees the same,
 * wherever the images are and however many threads read them. Images left over at the end are dropped, unless the whole set is smaller than
 * a batch.
 */
export async function* trainingBatches(
  images: Images,
  { batch, seed, epoch, ...augmentation }: TrainingOrder,
): AsyncGenerator<Batch> {
  const order = new Random(childSeed(seed, 'order', epoch)).shuffle(
    Uint32Array.from({ length: images.count }, (_, i) => i),
  );
  const vary = variations(seed, epoch, images.shape[0], augmentation);
  const size = Math.min(batch, images.count);
  const drawn = new Int32Array(3 * size);
  const runs = Array.from({ length: stepsPerEpoch(images.count, batch) }, (_, step) =>
    order.subarray(step * batch, (step + 1) * batch),
  );
  for await (const gathered of gather(images, runs, size)) {
    for (let i = 0; i < gathered.count; i++) {
      const { mirrored, top, left } = vary();
      drawn[3 * i] = mirrored ? 1 : 0;
      drawn[3 * i + 1] = top;
      drawn[3 * i + 2] = left;
    }
    yield { ...gathered, variations: drawn };
  }
}

/** Every image of a set once, in order and unchanged; the last batch may be smaller. */
export async function* evaluationBatches(images: Images, batch: number): AsyncGenerator<Batch> {
  const order = Uint32Array.from({ length: images.count }, (_, i) => i);
  const runs = Array.from({ length: Math.ceil(images.count / batch) }, (_, step) =>
    order.subarray(step * batch, (step + 1) * batch),
  );
  for await (const gathered of gather(images, runs, Math.min(batch, images.count))) {
    yield { ...gathered, variations: null };
  }
}

type Gathered = Omit<Batch, 'variations'>;

/** The images of each run of at most `size` places, with their labels. */
function gather(
  images: Images,
  runs: readonly Uint32Array[],
  size: number,
): AsyncIterable<Gathered> | Iterable<Gathered> {
  return 'pixels' in images ? copied(images, runs, size) : readAhead(images, runs, size);
}

function* copied(set: ImageSet, runs: readonly Uint32Array[], size: number): Generator<Gathered> {
  const imageBytes = bytesOf(set.shape);
  const pixels = new Uint8Array(size * imageBytes);
  const labels = new Int32Array(size);
  for (const places of runs) {
    places.forEach((place, i) => {
      labels[i] = set.labels[place] as number;
      pixels.set(set.pixels.subarray(place * imageBytes, (place + 1) * imageBytes), i * imageBytes);
    });
    yield { shape: set.shape, pixels, labels, count: places.length };
  }
}

/** Reads the next batches while one is used, into a ring of buffers that is never larger than `bufferBytes`. */
async function* readAhead(stream: ImageStream, runs: readonly Uint32Array[], size: number): AsyncGenerator<Gathered> {
  const batchBytes = size * bytesOf(stream.shape);
  const slots = Math.min(runs.length, batchesAhead(batchBytes) + 1);
  const ring = Array.from({ length: slots }, () => new SharedArrayBuffer(batchBytes));
  const labels = new Int32Array(size);
  const pending: Promise<unknown>[] = [];
  const start = (run: number): void => {
    const places = runs[run];
    if (!places) return;
    // A failure is told when the batch is due; until then nobody waits for it.
    pending[run] = stream.fetch(places, ring[run % slots] as SharedArrayBuffer).then(
      () => null,
      (error: unknown) => ({ error }),
    );
  };
  try {
    for (let run = 0; run < slots - 1; run++) start(run);
    for (const [run, places] of runs.entries()) {
      start(run + slots - 1);
      const failure = (await pending[run]) as { readonly error: unknown } | null;
      delete pending[run];
      if (failure) throw failure.error;
      places.forEach((place, i) => {
        labels[i] = stream.labels[place] as number;
      });
      const pixels = new Uint8Array(ring[run % slots] as SharedArrayBuffer);
      yield { shape: stream.shape, pixels, labels, count: places.length };
    }
  } finally {
    // What is under way still writes into the buffers.
    await Promise.all(pending);
  }
}

function bytesOf(shape: Shape): number {
  return shape.reduce((product, side) => product * side, 1);
}
