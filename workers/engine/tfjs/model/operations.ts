import type * as tf from '@tensorflow/tfjs-core';
import type { Layer, LayerOf, Shape } from '../../../../search/network/layers/index.js';
import type { ParameterRole } from '../../parameters.js';
import type { FusedOps } from '../backend.js';
import type { Output, StockLayers, StockTensor } from '../layers-model/stock.js';

/** Parameter values by name, such as a model's own or their moving averages. */
export type Weights = ReadonlyMap<string, tf.Variable>;

/** What an operation needs in addition to its input tensors. */
export interface StepContext {
  readonly fused: FusedOps;
  readonly weights: Weights;
  readonly training: boolean;
  /** Seeds dropout and stochastic depth of this one step. */
  readonly dropSeed: number;
  /**
   * How far batch norm's moving statistics move, in optimiser steps: 1; 1/k in each of k micro-batches, which together move them as far as
   * one batch; 0 when a forward pass is repeated.
   */
  readonly statisticsShare: number;
}

/** Computes one layer. Every tensor is [batch, height, width, channels]. It always writes a tensor of its own, never one that it read. */
export type Operation = (inputs: readonly tf.Tensor4D[], context: StepContext) => tf.Tensor4D;

/** One operation in TensorFlow.js: how it is computed in training and prediction, and which stock layers represent it in a `LayersModel`. */
export interface EngineLayer<Op extends Layer['op']> {
  /** `input` is the shape of the first tensor that the layer reads. */
  compute(layer: LayerOf<Op>, input: Shape): Operation;
  /** Adds stock layers and returns the output of the last one. Throws an `InputError` where no stock layer does the same. */
  write(stock: StockLayers, layer: LayerOf<Op>, inputs: readonly [Output, ...Output[]]): StockTensor;
  /** Stock names of weights that differ from the usual ones. */
  readonly stockNames?: Readonly<Partial<Record<ParameterRole, string>>>;
}

/** An operation that reads one tensor. */
export function unary(run: (x: tf.Tensor4D, context: StepContext) => tf.Tensor4D): Operation {
  return ([x], context) => run(x as tf.Tensor4D, context);
}

/** A parameter of a layer. */
export function read<T extends tf.Tensor>(
  weights: Weights,
  layer: string,
  role: ParameterRole,
): tf.Variable<T['rankType']> & T {
  const value = weights.get(`${layer}/${role}`);
  if (!value) throw new Error(`the weights hold no ${layer}/${role}`);
  return value as unknown as tf.Variable<T['rankType']> & T;
}
