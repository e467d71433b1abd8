/**
 * How the gradients of a batch are computed. Only `recompute` leaves the numbers as they are: batch norm measures every part of a batch on
 * its own (ghost batch norm: Hoffer, Hubara and Soudry 2017, arXiv 1705.08741), so the same network with other parts is another training.
 */
export interface Strategy {
  /** Threads that each train a share of the batch. */
  readonly shards: number;
  /** Pieces that a thread's share is trained in, one after the other, with their gradients added up: less memory. */
  readonly microBatches: number;
  /** Activations inside of a block are dropped and computed once more in the backward pass: less memory, about a third more time. */
  readonly recompute: boolean;
}

/** What of a strategy changes the numbers of a training, for keys: nothing of a plain one. */
export function strategyKey({ shards, microBatches }: Strategy): object {
  return shards === 1 && microBatches === 1 ? {} : { shards, microBatches };
}

export const plainStrategy: Strategy = { shards: 1, microBatches: 1, recompute: false };
