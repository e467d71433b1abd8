import os from 'node:os';
import { graphCost } from '../../search/cost/counts.js';
import { engineMemory } from '../../search/cost/engine-memory.js';
import { memoryOptions } from '../../search/cost/memory-model.js';
import type { Saving } from '../../search/cost/saving.js';
import { fitTraining } from '../../search/cost/saving.js';
import type { LayerGraph } from '../../search/network/layers/index.js';
import type { Recipe } from '../../search/plan/recipe.js';
import type { Engine, StepPlan } from '../engine/engine.js';

/** What the user asks for; null leaves it to us. */
export interface StepPlanWishes {
  readonly shards: number | null;
  readonly microBatches: number | null;
  readonly recompute: boolean;
  /**
   * What the plan of a search has chosen for the network, and its trials are known by: re-computation may come on top, since it changes no
   * number, and micro-batches may not.
   */
  readonly planned?: Saving;
}

/** As most trials are trained. */
export const oneThread: StepPlanWishes = { shards: 1, microBatches: null, recompute: false };

export interface Machine {
  /** Threads that run at once. */
  readonly cores: number;
  readonly memoryBytes: number;
}

export interface ChosenStepPlan {
  readonly stepPlan: StepPlan;
  /** Of all threads together. */
  readonly predictedPeakBytes: number;
  /** What a person should know of what was chosen; usually empty. */
  readonly notes: readonly string[];
}

/** Images that a shard has at least when it is left to us: with fewer, batch norm measures too little, and threads wait for each other. */
const fewestImages = 8;

/**
 * Multiply-adds that a shard has at least for each weight when it is left to us. With fewer, each thread's gradients of all weights and its own
 * optimiser step cost what it brings: ResNet-18 at 32 px and 16 images a shard has 53 and gains nothing, EfficientNet-B0 at 64 px has 130 and
 * gains a third (experiments/LOG.md).
 */
const fewestMacsPerWeight = 80;

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
 * an engine that can be split is split over threads: the others use all of the machine by themselves. Depends on the machine's size and not on its state, so
 * that the same call chooses the same. Throws `does-not-fit`.
 */
export function chooseStepPlan(
  graph: LayerGraph,
  recipe: Recipe,
  { name: engine, capabilities }: Pick<Engine, 'name' | 'capabilities'>,
  wishes: StepPlanWishes,
  machine: Machine = thisMachine(),
): ChosenStepPlan {
  const shards = capabilities.shards
    ? (wishes.shards ?? Math.min(machine.cores, worthwhileShards(graph, recipe.batch)))
    : 1;
  const share = { ...memoryOptions(recipe, engine), batch: Math.ceil(recipe.batch / shards) };
  const limitBytes = Math.min(machine.memoryBytes / shards, engineMemory[engine].mostBytes);
  const { planned } = wishes;
  // The parts of a batch are as large as planned, however many threads share them.
  const parts = planned ? Math.ceil(planned.microBatches / shards) : (wishes.microBatches ?? 1);
  const asked = {
    recompute: wishes.recompute || (planned?.recompute ?? false),
    microBatches: Math.min(parts, share.batch),
  };
  const allowed = planned ? 'recompute' : 'micro-batches';
  const { saving, peakBytes } = fitTraining(graph, share, { limitBytes, allowed, asked });
  const { recompute, microBatches } = saving;
  const notes: string[] = [];
  if (shards > 1) notes.push(`Each batch is split over ${shards} threads; batch norm measures each share on its own.`);
  if (recompute && !wishes.recompute)
    notes.push(
      'It would not fit into memory: activations inside of blocks are computed once more in the backward pass.',
    );
  if (microBatches > Math.min(wishes.microBatches ?? 1, share.batch))
    notes.push(
      `It would not fit into memory: each ${shards > 1 ? 'share' : 'batch'} is trained in ${microBatches} parts, and batch norm measures each on its own.`,
    );
  return { stepPlan: { shards, recompute, microBatches }, predictedPeakBytes: shards * peakBytes, notes };
}

/** Threads that are worth sharing a batch, on any number of cores; at least one. */
function worthwhileShards(graph: LayerGraph, batch: number): number {
  const { macs, params } = graphCost(graph);
  const images = Math.max(fewestImages, (fewestMacsPerWeight * params) / macs);
  return Math.max(1, Math.floor(batch / images));
}

/** The part of a step plan that changes the numbers of a training, for keys: nothing of a plain one. */
export function stepPlanKey({ shards, microBatches }: StepPlan): object {
  return shards === 1 && microBatches === 1 ? {} : { shards, microBatches };
}

/** The part of a step plan that is not plain, as the device of a result names it: `recomputed`, `4 micro-batches`, `2 threads`. */
export function stepPlanWords({ shards, microBatches, recompute }: StepPlan): string[] {
  return [
    ...(recompute ? ['recomputed'] : []),
    ...(microBatches > 1 ? [`${microBatches} micro-batches`] : []),
    ...(shards > 1 ? [`${shards} threads`] : []),
  ];
}
