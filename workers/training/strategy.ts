import type { Saving } from '../../search/cost/saving.js';

/**
 * How the gradients of a batch are computed. Only `recompute` leaves the numbers as they are: batch norm measures every part of a batch on
 * its own (ghost batch norm: Hoffer, Hubara and Soudry 2017, arXiv 1705.08741), so the same network with other parts is another training.
 */
export interface Strategy extends Saving {
  /** Threads that each train a share of the batch; each saves memory in its share. */
  readonly shards: number;
}

/** What of a strategy changes the numbers of a training, for keys: nothing of a plain one. */
export function strategyKey({ shards, microBatches }: Strategy): object {
  return shards === 1 && microBatches === 1 ? {} : { shards, microBatches };
}

/** What is not plain of a strategy, as the device of a result says it: `recomputed`, `4 micro-batches`, `2 threads`. */
export function strategyWords({ shards, microBatches, recompute }: Strategy): string[] {
  return [
    ...(recompute ? ['recomputed'] : []),
    ...(microBatches > 1 ? [`${microBatches} micro-batches`] : []),
    ...(shards > 1 ? [`${shards} threads`] : []),
  ];
}

export const plainStrategy: Strategy = { shards: 1, microBatches: 1, recompute: false };
