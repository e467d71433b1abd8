import type { LayerGraph, Shape } from '../network/layers/index.js';
import { segmentsOf } from '../network/segments.js';
import type { Recipe } from '../plan/recipe.js';
import { type EngineName, engineMemory } from './engine-memory.js';
import { addFootprints, type Footprint, type Moment, noFootprint, segmentFootprint } from './memory-footprint.js';

/** How one training saves memory. */
export interface Saving {
  /** Activations inside blocks are dropped and re-computed in the backward pass. The numbers stay the same. */
  readonly recompute: boolean;
  /** Parts of a batch that are trained in turn, with their gradients added up. Batch norm sees each part alone, so the numbers change. */
  readonly microBatches: number;
}

/**
 * The memory model: predicted peak of a training, in bytes held by the engine (as `Engine.peakBytes` measures), all numbers 32-bit floats:
 *
 *   overhead · 4 · [ params · (1 weights + 1 gradients + slots + 1 if averaged) + moving statistics
 *                    + images · (most of activations, their gradients and buffers at a time) + packed · params of one operation ]
 *     + fixed + what the engine's library keeps for the layers
 *
 * The peak lies in the backward pass, where kept activations and the gradients of one operation together are largest
 * (memory-footprint.ts). Optimiser slots are one per weight for SGD with momentum and two for RMSProp. The constants of each engine are in
 * engine-memory.ts; what each operation keeps is in search/network/layers.
 */
export interface MemoryOptions extends Partial<Saving> {
  readonly batch: number;
  readonly optimizer: Recipe['optimizer'];
  /** Whether an exponential moving average of the weights is held. */
  readonly average: boolean;
  readonly engine: EngineName;
}

/** The memory that each training of a plan has to fit into. */
export interface MachineMemory {
  readonly engine: EngineName;
  /** Of one trial. */
  readonly memoryBytes: number;
}

/** Bytes at the peak by content; `peakBytes` is their sum. */
export interface PredictedMemory {
  readonly weightBytes: number;
  /** Gradients of the weights that are computed by then, and working copies of the weights of one operation. */
  readonly gradientBytes: number;
  readonly slotBytes: number;
  readonly averageBytes: number;
  readonly statisticsBytes: number;
  /** Activations that are still kept for the backward pass, gradients of activations and buffers. */
  readonly activationBytes: number;
  readonly fixedBytes: number;
  readonly peakBytes: number;
}

const bytesPerElement = 4;
const slotsOf: Readonly<Record<Recipe['optimizer'], number>> = { sgd: 1, rmsprop: 2 };

/** The memory options of a recipe on an engine. */
export function memoryOptions(recipe: Recipe, engine: EngineName): MemoryOptions {
  return { batch: recipe.batch, optimizer: recipe.optimizer, average: recipe.emaDecay > 0, engine };
}

/** Predicted bytes of a network with this footprint. */
export function memoryOf(footprint: Footprint, options: MemoryOptions): PredictedMemory {
  const { overhead, fixedBytes, packed, stepTerms } = engineMemory[options.engine];
  const { batch, microBatches = 1 } = options;
  const images = Math.ceil(batch / microBatches);
  const bytes = (count: number) => Math.ceil(count * bytesPerElement * overhead);
  const weightBytes = bytes(footprint.params);
  const { params, largestParams } = footprint;
  // The optimiser's step comes last: all gradients are there, and no activations.
  const step: Moment = { image: 0, weights: params + stepTerms * largestParams };
  const sizeOf = ({ image, weights }: Moment): number => images * image + weights;
  const most = footprint.moments
    .map(({ image, weights }) => ({ image, weights: weights + packed * largestParams }))
    .reduce((peak, moment) => (sizeOf(moment) > sizeOf(peak) ? moment : peak), step);
  const parts = {
    weightBytes,
    // In addition to the gradients of the current micro-batch there is the sum of those before it.
    gradientBytes: bytes(most.weights) + (microBatches > 1 ? weightBytes : 0),
    slotBytes: slotsOf[options.optimizer] * weightBytes,
    averageBytes: options.average ? weightBytes : 0,
    statisticsBytes: bytes(footprint.statistics),
    activationBytes: bytes(images * most.image),
    fixedBytes: fixedBytes + footprint.libraryBytes,
  };
  return { ...parts, peakBytes: Object.values(parts).reduce((sum, part) => sum + part, 0) };
}

/** Predicted peak training memory of a network. */
export function predictMemory(graph: LayerGraph, options: MemoryOptions): PredictedMemory {
  const engine = engineMemory[options.engine];
  const shapes = new Map<string, Shape>([['input', graph.input]]);
  for (const { name, shape } of graph.layers) shapes.set(name, shape);
  const keptBefore = new Set<string>();
  let total = noFootprint;
  for (const segment of segmentsOf(graph)) {
    const placed = { segment, shapes, keptBefore };
    const { footprint, keptInputs } = segmentFootprint(placed, engine, options.recompute ?? false);
    for (const name of keptInputs) keptBefore.add(name);
    total = addFootprints(total, footprint);
  }
  return memoryOf(total, options);
}
