import { childSeed } from '../../../search/base/random.js';
import type { Batch } from './batches.js';

/** A run of images of a batch. */
export interface BatchPart {
  /** Of the first image. */
  readonly offset: number;
  readonly count: number;
}

/** `parts` runs of `count` images, as even as can be; some are empty where there are fewer images than parts. */
export function splitEvenly(count: number, parts: number): BatchPart[] {
  const bound = (part: number): number => Math.floor((count * part) / parts);
  return Array.from({ length: parts }, (_, part) => ({
    offset: bound(part),
    count: bound(part + 1) - bound(part),
  }));
}

/** The images of a part, without a copy. `imageSize`: numbers of one image. */
export function partOf({ pixels, labels }: Batch, { offset, count }: BatchPart, imageSize: number): Batch {
  return {
    pixels: pixels.subarray(offset * imageSize, (offset + count) * imageSize),
    labels: labels.subarray(offset, offset + count),
    count,
  };
}

/** Seeds what is dropped in a part: other images than those of the first part should lose other activations. */
export function partSeed(seed: number, kind: 'shard' | 'microBatch', part: number): number {
  return part === 0 ? seed : childSeed(seed, kind, part);
}
