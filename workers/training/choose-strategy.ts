import os from 'node:os';
import type { MemoryEngine } from '../../search/engine-memory.js';
import { fitTraining } from '../../search/fit.js';
import type { LayerGraph } from '../../search/layers.js';
import { memoryOptions } from '../../search/memory.js';
import type { Recipe } from '../../search/recipe.js';
import type { EngineName } from '../engine/engine.js';
import type { Strategy } from './strategy.js';

/** What the user asks for; null leaves it to us. */
export interface StrategyWishes {
  readonly shards: number | null;
  readonly microBatches: number | null;
  readonly recompute: boolean;
}

/** As most trials are trained. */
export const oneThread: StrategyWishes = { shards: 1, microBatches: null, recompute: false };

export interface Machine {
  /** Threads that run at once. */
  readonly cores: number;
  readonly memoryBytes: number;
}

export interface ChosenStrategy {
  readonly strategy: Strategy;
  /** Of all threads together. */
  readonly predictedPeakBytes: number;
  /** What a person should know of what was chosen; usually empty. */
  readonly notes: readonly string[];
}

/** Images that a shard has at least when it is left to us: with fewer, batch norm measures too little, and threads wait for each other. */
const fewestImages = 8;

/** Past this much the WASM backend aborts its process, whatever memory the machine has. */
const wasmHeapBytes = 3.2e9;

/** This machine, as a container may limit it. */
export function thisMachine(): Machine {
  const allowed = process.constrainedMemory();
  return {
    cores: os.availableParallelism(),
    memoryBytes: allowed > 0 ? Math.min(allowed, os.totalmem()) : os.totalmem(),
  };
}

/**
 * How a network is trained here: on all cores as far as the batch goes round, and with as little saving of memory as it fits with. Only
 * `wasm` is split over threads: the others use all of the machine by themselves. Depends on the machine's size and not on its state, so
 * that the same call chooses the same. Throws `does-not-fit`.
 */
export function chooseStrategy(
  graph: LayerGraph,
  recipe: Recipe,
  engine: EngineName,
  wishes: StrategyWishes,
  machine: Machine = thisMachine(),
): ChosenStrategy {
  const byBatch = Math.max(1, Math.floor(recipe.batch / fewestImages));
  const shards = engine === 'wasm' ? (wishes.shards ?? Math.min(machine.cores, byBatch)) : 1;
  const share = { ...memoryOptions(recipe, engine satisfies MemoryEngine), batch: Math.ceil(recipe.batch / shards) };
  const limit = machine.memoryBytes / shards;
  const asked = { recompute: wishes.recompute, microBatches: Math.min(wishes.microBatches ?? 1, share.batch) };
  const fit = fitTraining(graph, share, engine === 'wasm' ? Math.min(limit, wasmHeapBytes) : limit, asked);
  const { recompute, microBatches } = fit;
  const notes: string[] = [];
  if (shards > 1) notes.push(`Each batch is split over ${shards} threads; batch norm measures each share on its own.`);
  if (recompute && !asked.recompute)
    notes.push(
      'It would not fit into memory: activations inside of blocks are computed once more in the backward pass.',
    );
  if (microBatches > asked.microBatches)
    notes.push(
      `It would not fit into memory: each ${shards > 1 ? 'share' : 'batch'} is trained in ${microBatches} parts, and batch norm measures each on its own.`,
    );
  return { strategy: { shards, recompute, microBatches }, predictedPeakBytes: shards * fit.peakBytes, notes };
}
