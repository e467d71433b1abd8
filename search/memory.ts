import { layerCost, mapLayers } from './cost.js';
import { type EngineMemory, engineMemory, type MemoryEngine } from './engine-memory.js';
import type { Layer, LayerGraph, Shape } from './layers.js';
import type { Recipe } from './recipe.js';

/**
 * Predicted peak memory of training, as the bytes that the engine holds (what `Engine.peakBytes` measures), all numbers 32-bit floats:
 *
 *   overhead · 4 · [ params · (1 weights + 1 gradients + slots + 1 if averaged) + moving statistics
 *                    + batch · (input + Σ kept outputs + largest workspace) ] + fixed
 *
 * The peak is in the backward pass, where everything that the forward pass kept is still there and one layer's gradients are being
 * computed. Slots are one per weight for SGD with momentum and two for RMSProp. The constants of an engine are in engine-memory.ts.
 */
export interface MemoryOptions {
  readonly batch: number;
  readonly optimizer: Recipe['optimizer'];
  /** Whether an exponential moving average of the weights is held. */
  readonly average: boolean;
  readonly engine: MemoryEngine;
}

/** What the model needs of a layer, or of several together: elements, of one image where they depend on the image. */
export interface Footprint {
  readonly params: number;
  /** Moving means and variances of batch norm. */
  readonly statistics: number;
  readonly kept: number;
  readonly workspace: number;
}

/** Bytes by what they hold; `peakBytes` is their sum. */
export interface PredictedMemory {
  readonly weightBytes: number;
  readonly gradientBytes: number;
  readonly slotBytes: number;
  readonly averageBytes: number;
  readonly statisticsBytes: number;
  readonly activationBytes: number;
  readonly workspaceBytes: number;
  readonly fixedBytes: number;
  readonly peakBytes: number;
}

export interface LayerMemory {
  readonly name: string;
  readonly op: Layer['op'];
  /** Weights with their gradients, slots, average and statistics. */
  readonly weightBytes: number;
  /** Kept from the forward to the backward pass. */
  readonly activationBytes: number;
  /** While this layer's gradient is computed; only the largest of all layers counts for the peak. */
  readonly workspaceBytes: number;
}

const bytesPerElement = 4;
const slotsOf: Readonly<Record<Recipe['optimizer'], number>> = { sgd: 1, rmsprop: 2 };

export const noFootprint: Footprint = { params: 0, statistics: 0, kept: 0, workspace: 0 };

/** The memory options of a recipe on an engine. */
export function memoryOptions(recipe: Recipe, engine: MemoryEngine): MemoryOptions {
  return { batch: recipe.batch, optimizer: recipe.optimizer, average: recipe.emaDecay > 0, engine };
}

export function layerFootprint(layer: Layer, inputShapes: readonly Shape[], engine: EngineMemory): Footprint {
  const written = elements(layer.shape);
  const read = inputShapes.reduce((sum, shape) => sum + elements(shape), 0);
  return {
    params: layerCost(layer, inputShapes).params,
    statistics: layer.op === 'batchNorm' ? 2 * layer.shape[2] : 0,
    kept: engine.kept[layer.op] * written,
    workspace: engine.workspace * (read + written),
  };
}

/** The footprint of two parts of a network together. */
export function addFootprints(a: Footprint, b: Footprint): Footprint {
  return {
    params: a.params + b.params,
    statistics: a.statistics + b.statistics,
    kept: a.kept + b.kept,
    workspace: Math.max(a.workspace, b.workspace),
  };
}

/** Predicted bytes of a network with this footprint and this input. */
export function memoryOf(footprint: Footprint, input: Shape, options: MemoryOptions): PredictedMemory {
  const { overhead, fixedBytes } = engineMemory[options.engine];
  const bytes = (count: number) => Math.ceil(count * bytesPerElement * overhead);
  const weightBytes = bytes(footprint.params);
  const parts = {
    weightBytes,
    gradientBytes: weightBytes,
    slotBytes: slotsOf[options.optimizer] * weightBytes,
    averageBytes: options.average ? weightBytes : 0,
    statisticsBytes: bytes(footprint.statistics),
    activationBytes: bytes(options.batch * (elements(input) + footprint.kept)),
    workspaceBytes: bytes(options.batch * footprint.workspace),
    fixedBytes,
  };
  return { ...parts, peakBytes: Object.values(parts).reduce((sum, part) => sum + part, 0) };
}

/** Predicted peak training memory of a network. */
export function predictMemory(graph: LayerGraph, options: MemoryOptions): PredictedMemory {
  const engine = engineMemory[options.engine];
  const footprint = mapLayers(graph, (layer, inputs) => layerFootprint(layer, inputs, engine)).reduce(
    addFootprints,
    noFootprint,
  );
  return memoryOf(footprint, graph.input, options);
}

/** Predicted memory layer by layer, in the graph's order. */
export function memoryTable(graph: LayerGraph, options: MemoryOptions): readonly LayerMemory[] {
  const engine = engineMemory[options.engine];
  const noInput: Shape = [0, 0, 0];
  return mapLayers(graph, (layer, inputs) => {
    const of = memoryOf(layerFootprint(layer, inputs, engine), noInput, options);
    return {
      name: layer.name,
      op: layer.op,
      weightBytes: of.weightBytes + of.gradientBytes + of.slotBytes + of.averageBytes + of.statisticsBytes,
      activationBytes: of.activationBytes,
      workspaceBytes: of.workspaceBytes,
    };
  });
}

function elements([height, width, channels]: Shape): number {
  return height * width * channels;
}
