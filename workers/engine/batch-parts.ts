import { childSeed } from '../../search/base/random.js';

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

/** Seeds the dropout of a part: different images should lose different activations. The first part keeps the seed of the whole batch. */
export function partSeed(seed: number, kind: 'shard' | 'microBatch', part: number): number {
  return part === 0 ? seed : childSeed(seed, kind, part);
}
