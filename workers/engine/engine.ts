import type { EngineName } from '../../search/cost/engine-memory.js';
import type { Saving } from '../../search/cost/saving.js';
import type { LayerGraph } from '../../search/network/layers/index.js';
import type { Recipe } from '../../search/plan/recipe.js';
import type { Normalisation } from '../data/dataset.js';
import type { Batch } from '../data/loader/batches.js';

/**
 * The contract between training and what computes. An engine opens sessions; a session trains one network. Training knows nothing else of an
 * engine: not its tensors, not its process, not its name. What differs from engine to engine is a capability.
 */
export interface Engine {
  readonly name: EngineName;
  /** Version of the software that computes, such as `4.22.0+relaxed-simd` or `TensorFlow 2.21.0`. */
  readonly version: string;
  /** The device in words, such as the model of the processor or of the GPU. */
  readonly device: string;
  readonly capabilities: Capabilities;
  /** Builds the network with its initial parameters and makes it ready for the first step. The caller closes the session. */
  open(options: SessionOptions): Promise<Session>;
}

/** How one optimiser step may be carried out beyond the plain way. Re-computation and micro-batches are offered by every engine. */
export interface Capabilities {
  /** One batch can be split over threads of this process, each with a copy of the network. */
  readonly shards: boolean;
}

/**
 * How one optimiser step is carried out. Only `recompute` leaves the numbers as they are: batch norm normalises each part of a batch on
 * its own (ghost batch norm: Hoffer, Hubara and Soudry 2017, arXiv 1705.08741), so the same network with other parts is a different training.
 */
export interface StepPlan extends Saving {
  /** Threads that each train a share of the batch; each saves memory in its share. */
  readonly shards: number;
}

export const plainSteps: StepPlan = { shards: 1, microBatches: 1, recompute: false };

export interface SessionOptions {
  readonly graph: LayerGraph;
  readonly recipe: Recipe;
  /** Seeds the initial parameters and everything that a step drops. */
  readonly seed: number;
  readonly stepPlan: StepPlan;
  /** How pixels become numbers: (byte / 255 − mean) / std, per channel. */
  readonly normalisation: Normalisation;
}

/** Shape of one value, in the canonical layout: convolutions [height, width, in, out], depthwise [height, width, channels, 1], dense [in, out]. */
export interface TensorInfo {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * A complete state of a training: `weights/PARAMETER`, `velocity/PARAMETER`, and by recipe `meanSquare/PARAMETER` and `average/PARAMETER`.
 * The names, layouts and meanings are the same on every engine, so that one engine can continue what another began.
 */
export interface Snapshot {
  readonly tensors: readonly TensorInfo[];
  /** Reads one value, so that only one has to be in memory at a time. */
  readonly read: (name: string) => Promise<Float32Array>;
}

/** A stored state that is not one of this network. */
export class ForeignSnapshot extends Error {
  override readonly name = 'ForeignSnapshot';
}

/** One network in training. Owns its parameters, the optimiser's state and the moving averages until `close`. */
export interface Session {
  readonly graph: LayerGraph;
  readonly recipe: Recipe;
  readonly seed: number;
  /** Trainable numbers, as the cost model counts them. */
  readonly trainableParams: number;
  /** One optimiser step (from 0). May resolve before the device is done. The batch may be overwritten once it has resolved. */
  step(batch: Batch, step: number, learningRate: number): Promise<void>;
  /** Waits for the device; the mean loss of each step since the last call, before that step. */
  losses(): Promise<Float32Array>;
  /** Logits of a batch, count · classes numbers, by the moving averages where the recipe asks for them and by the weights otherwise. */
  predict(batch: Batch): Promise<Float32Array>;
  snapshot(): Snapshot;
  /** Takes every value from a stored state; throws `ForeignSnapshot`, and changes nothing, where it is not one of this network and recipe. */
  restore(tensors: readonly TensorInfo[], values: ReadonlyMap<string, Float32Array>): Promise<void>;
  /** What `predict` uses, by parameter name, in the canonical layout. */
  weights(): Promise<ReadonlyMap<string, Float32Array>>;
  /** Most bytes held since the engine was loaded or since `resetPeak`. */
  peakBytes(): Promise<number>;
  resetPeak(): Promise<void>;
  close(): Promise<void>;
}

/** Throws `ForeignSnapshot` unless a stored state has exactly these tensors. */
export function checkSnapshot(own: readonly TensorInfo[], stored: readonly TensorInfo[]): void {
  const shapes = new Map(stored.map(({ name, shape }) => [name, shape.join()]));
  for (const { name, shape } of own)
    if (shapes.get(name) !== shape.join()) throw new ForeignSnapshot(`it does not hold ${name} of this network`);
  if (shapes.size !== own.length) throw new ForeignSnapshot('it holds more than this network');
}
