import * as tf from '@tensorflow/tfjs-core';
import { InputError, lookup } from '../../../../search/base/errors.js';
import type { ActivationName, Layer, LayerOf, Shape } from '../../../../search/network/layers.js';
import type { ParameterRole } from '../../parameters.js';
import type { FusedOps } from '../engine.js';
import { addBias, addSame, scaleBy } from './combine.js';
import { dropFactors } from './drop.js';
import { pad, planPadding } from './padding.js';

/** Parameter values by name, such as a model's own or their moving averages. */
export type Weights = ReadonlyMap<string, tf.Variable>;

/** What an operation needs beside the tensors that it reads. */
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

/** The operation of a layer whose inputs have these shapes; an unknown one is an `InputError`. */
export function operationOf(layer: Layer, input: Shape): Operation {
  const build = lookup(builders, layer.op, `${layer.name}.op`) as (layer: Layer, input: Shape) => Operation;
  return build(layer, input);
}

/** Batch norm and the activation that follows it, as one operation. */
export function batchNorm(layer: LayerOf<'batchNorm'>, activation: ActivationName): Operation {
  const { name, epsilon, momentum } = layer;
  return unary((x, { fused, weights, training, statisticsShare }) =>
    fused.batchNormActivation(
      x,
      {
        gamma: read(weights, name, 'gamma'),
        beta: read(weights, name, 'beta'),
        movingMean: read(weights, name, 'movingMean'),
        movingVariance: read(weights, name, 'movingVariance'),
        epsilon,
        momentum: momentum ** statisticsShare,
        activation,
      },
      training,
    ),
  );
}

const builders: { readonly [Op in Layer['op']]: (layer: LayerOf<Op>, input: Shape) => Operation } = {
  conv: (layer, input) => {
    const padding = planPadding(layer, input);
    return unary((image, { weights }) => {
      const { x, mode } = pad(image, padding);
      const y = tf.conv2d(x, read<tf.Tensor4D>(weights, layer.name, 'kernel'), layer.stride, mode);
      return layer.bias ? addBias(y, read(weights, layer.name, 'bias')) : y;
    });
  },
  depthwise: (layer, input) => {
    const padding = planPadding(layer, input);
    return unary((image, { weights }) => {
      const { x, mode } = pad(image, padding);
      const y = tf.depthwiseConv2d(x, read<tf.Tensor4D>(weights, layer.name, 'kernel'), layer.stride, mode);
      return layer.bias ? addBias(y, read(weights, layer.name, 'bias')) : y;
    });
  },
  batchNorm: (layer) => batchNorm(layer, 'linear'),
  activation: ({ activation }) => unary((x, { fused }) => fused.activation(x, activation)),
  squeezeExcite: ({ name, activation }) =>
    unary((x, { fused, weights }) =>
      fused.squeezeExcite(x, {
        w1: read(weights, `${name}/reduce`, 'kernel'),
        b1: read(weights, `${name}/reduce`, 'bias'),
        w2: read(weights, `${name}/expand`, 'kernel'),
        b2: read(weights, `${name}/expand`, 'bias'),
        activation,
      }),
    ),
  maxPool: (layer, input) => {
    const padding = planPadding(layer, input);
    return unary((image) => {
      // The lowest float, not −∞: shading languages need not have infinities.
      const { x, mode } = pad(image, padding, -3.4028234663852886e38);
      return tf.maxPool(x, layer.kernel, layer.stride, mode);
    });
  },
  averagePool: (layer, input) => {
    const { mode } = planPadding(layer, input);
    if (mode === 'explicit')
      throw new InputError(
        'bad-value',
        `${layer.name}.padding: expected same or valid for average pooling at stride ${layer.stride}, got symmetric`,
      );
    return unary((x) => tf.avgPool(x, layer.kernel, layer.stride, mode));
  },
  globalAveragePool: () => unary((x) => tf.mean(x, [1, 2], true)),
  flatten: () => unary((x) => tf.reshape(x, [x.shape[0], 1, 1, -1])),
  dense: ({ name, units, bias }) =>
    unary((x, { weights }) => {
      const kernel = read<tf.Tensor2D>(weights, name, 'kernel');
      const y = tf.matMul(tf.reshape(x, [x.shape[0], kernel.shape[0]]), kernel);
      const z = bias ? addBias(y, read(weights, name, 'bias')) : y;
      return tf.reshape(z, [x.shape[0], 1, 1, units]);
    }),
  dropout: ({ name, rate }) => dropping(name, rate, (x) => x.shape),
  dropPath: ({ name, rate }) => dropping(name, rate, (x) => [x.shape[0], 1, 1, 1]),
  add: () => (inputs) => inputs.slice(1).reduce((sum, x) => addSame(sum, x), inputs[0]?.clone() as tf.Tensor4D),
  concat: () => (inputs) => tf.concat([...inputs], 3),
};

/** An operation that reads one tensor. */
function unary(run: (x: tf.Tensor4D, context: StepContext) => tf.Tensor4D): Operation {
  return ([x], context) => run(x as tf.Tensor4D, context);
}

/** Drops in training; otherwise, and at rate 0, passes the activation on. */
function dropping(name: string, rate: number, shapeOf: (x: tf.Tensor4D) => readonly number[]): Operation {
  return unary((x, { training, dropSeed }) =>
    training && rate > 0 ? scaleBy(x, dropFactors(dropSeed, name, rate, shapeOf(x))) : x.clone(),
  );
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
