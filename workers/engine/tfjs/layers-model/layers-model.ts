import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { InputError } from '../../../../search/base/errors.js';
import type { ActivationName, Layer, LayerGraph, LayerOf, Shape } from '../../../../search/network/layers.js';
import { unknownOp } from '../../../../search/network/shapes.js';
import type { ParameterRole } from '../../parameters.js';
import type { Weights } from '../model/operations.js';
import { type PaddingPlan, planPadding } from '../model/padding.js';

/** What images are normalised by: (pixel / 255 − mean) / std, per channel. */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

export interface LayersModelOptions {
  /** Given: the model takes pixels from 0 to 255 and normalises them itself. Absent: it takes normalised images. */
  readonly normalisation?: Normalisation;
}

/**
 * The network as a TensorFlow.js `LayersModel` of stock layers alone, which plain TensorFlow.js loads without this program. It maps
 * [batch, height, width, channels] to logits [batch, classes]. The weights are copied. Layers carry the graph's names with `_` for `/`.
 *
 * Stochastic depth is left out: it does nothing in prediction, and no stock layer drops whole images.
 */
export function toLayersModel(graph: LayerGraph, weights: Weights, options: LayersModelOptions = {}): tfl.LayersModel {
  const input = tfl.input({ shape: [...graph.input], name: 'input' });
  const { normalisation } = options;
  const image = normalisation ? normalise(input, normalisation, graph.input) : input;
  const outputs = new Map<string, Output>([['input', { tensor: image, layer: null, shape: graph.input }]]);
  for (const layer of graph.layers) {
    const inputs = layer.inputs.map((name) => outputs.get(name) as Output);
    outputs.set(layer.name, { tensor: write(weights, layer, inputs), layer, shape: layer.shape });
  }
  return tfl.model({ inputs: input, outputs: (outputs.get(graph.output) as Output).tensor });
}

type Tensor = tfl.SymbolicTensor;

interface Output {
  readonly tensor: Tensor;
  readonly layer: Layer | null;
  readonly shape: Shape;
}

function write(weights: Weights, layer: Layer, inputs: readonly Output[]): Tensor {
  const [first] = inputs;
  if (!first) throw new Error(`${layer.name} reads nothing`);
  const name = stockName(layer.name);
  switch (layer.op) {
    case 'conv':
      return writeConv(weights, layer, first);
    case 'depthwise':
      return writeDepthwise(weights, layer, first);
    case 'batchNorm': {
      const { epsilon, momentum } = layer;
      const roles: ParameterRole[] = ['gamma', 'beta', 'movingMean', 'movingVariance'];
      const norm = tfl.layers.batchNormalization({ name, epsilon, momentum });
      return applyWith(weights, norm, asImage(first), layer.name, roles);
    }
    case 'activation':
      return apply(tfl.layers.activation({ name, activation: layer.activation }), first.tensor);
    case 'squeezeExcite':
      return writeSqueezeExcite(weights, layer, first);
    case 'maxPool': {
      const plan = planPadding(layer, first.shape);
      if (plan.mode === 'explicit') mustBeRectified(layer, first);
      const { x, padding } = padded(first, plan, name);
      return apply(tfl.layers.maxPooling2d({ name, ...poolArgs(layer), padding }), x);
    }
    case 'averagePool': {
      const { mode } = planPadding(layer, first.shape);
      if (mode === 'explicit') throw new Error(`${layer.name}: symmetric average pooling`);
      return apply(tfl.layers.averagePooling2d({ name, ...poolArgs(layer), padding: mode }), asImage(first));
    }
    case 'globalAveragePool':
      return apply(tfl.layers.globalAveragePooling2d({ name }), asImage(first));
    case 'flatten':
      return apply(tfl.layers.flatten({ name }), asImage(first));
    case 'dense': {
      const { units, bias: useBias } = layer;
      const dense = tfl.layers.dense({ name, units, useBias, kernelInitializer: 'zeros' });
      return applyWith(weights, dense, asVector(first), layer.name, rolesOf(layer));
    }
    case 'dropout':
      return apply(tfl.layers.dropout({ name, rate: layer.rate }), first.tensor);
    case 'dropPath':
      return first.tensor;
    case 'add':
      return tfl.layers.add({ name }).apply(inputs.map(asImage)) as Tensor;
    case 'concat':
      return tfl.layers.concatenate({ name, axis: 3 }).apply(inputs.map(asImage)) as Tensor;
    default:
      return unknownOp(layer, 'LayersModel');
  }
}

function writeConv(weights: Weights, layer: LayerOf<'conv'>, input: Output): Tensor {
  const name = stockName(layer.name);
  const { x, padding } = padded(input, planPadding(layer, input.shape), name);
  const conv = tfl.layers.conv2d({
    name,
    filters: layer.filters,
    kernelSize: layer.kernel,
    strides: layer.stride,
    padding,
    useBias: layer.bias,
    kernelInitializer: 'zeros',
  });
  return applyWith(weights, conv, x, layer.name, rolesOf(layer));
}

function writeDepthwise(weights: Weights, layer: LayerOf<'depthwise'>, input: Output): Tensor {
  const name = stockName(layer.name);
  const { x, padding } = padded(input, planPadding(layer, input.shape), name);
  const conv = tfl.layers.depthwiseConv2d({
    name,
    kernelSize: layer.kernel,
    strides: layer.stride,
    padding,
    useBias: layer.bias,
    depthwiseInitializer: 'zeros',
  });
  return applyWith(weights, conv, x, layer.name, rolesOf(layer));
}

/** Squeeze-and-excite: pooled to 1×1, two 1×1 convolutions, and a product that broadcasts over the image. */
function writeSqueezeExcite(weights: Weights, layer: LayerOf<'squeezeExcite'>, input: Output): Tensor {
  const [, , channels] = input.shape;
  const image = asImage(input);
  const part = (suffix: string): string => `${stockName(layer.name)}_${suffix}`;
  const dense = (suffix: string, filters: number, activation: ActivationName): tfl.layers.Layer =>
    tfl.layers.conv2d({ name: part(suffix), filters, kernelSize: 1, activation, kernelInitializer: 'zeros' });
  let x = apply(tfl.layers.globalAveragePooling2d({ name: part('pool') }), image);
  x = apply(tfl.layers.reshape({ name: part('reshape'), targetShape: [1, 1, channels] }), x);
  x = applyWith(weights, dense('reduce', layer.squeezed, layer.activation), x, `${layer.name}/reduce`, [
    'kernel',
    'bias',
  ]);
  x = applyWith(weights, dense('expand', channels, layer.gate), x, `${layer.name}/expand`, ['kernel', 'bias']);
  return tfl.layers.multiply({ name: stockName(layer.name) }).apply([image, x]) as Tensor;
}

/** A depthwise 1×1 convolution with fixed weights: scale 1 / (255 · std) and bias −mean / std, per channel. */
function normalise(input: Tensor, { mean, std }: Normalisation, [, , channels]: Shape): Tensor {
  if (mean.length !== channels || std.length !== channels)
    throw new Error(`a normalisation of ${mean.length} channels for a network that reads ${channels}`);
  const layer = tfl.layers.depthwiseConv2d({
    name: 'normalisation',
    kernelSize: 1,
    depthwiseInitializer: 'zeros',
    trainable: false,
  });
  const output = layer.apply(input) as Tensor;
  tf.tidy(() => {
    const scale = std.map((deviation) => 1 / (255 * deviation));
    const bias = mean.map((value, i) => -value / (std[i] as number));
    layer.setWeights([tf.tensor4d(scale, [1, 1, channels, 1]), tf.tensor1d(bias)]);
  });
  return output;
}

/** Applies a stock layer and copies the named parameters of `source` into it. */
function applyWith(
  weights: Weights,
  stock: tfl.layers.Layer,
  x: Tensor,
  source: string,
  roles: readonly ParameterRole[],
): Tensor {
  const output = apply(stock, x);
  tf.tidy(() => {
    const values = roles.map((role) => weights.get(`${source}/${role}`) as tf.Tensor);
    // Convolutions of squeeze-and-excite hold [1, 1, in, out] where ours are [in, out].
    stock.setWeights(stock.weights.map(({ shape }, i) => tf.reshape(values[i] as tf.Tensor, shape as number[])));
  });
  return output;
}

function apply(stock: tfl.layers.Layer, x: Tensor): Tensor {
  return stock.apply(x) as Tensor;
}

function padded(input: Output, plan: PaddingPlan, name: string): { x: Tensor; padding: 'same' | 'valid' } {
  const image = asImage(input);
  if (plan.mode !== 'explicit') return { x: image, padding: plan.mode };
  const padding: [[number, number], [number, number]] = [[...plan.rows], [...plan.columns]];
  return { x: apply(tfl.layers.zeroPadding2d({ name: `${name}_pad`, padding }), image), padding: 'valid' };
}

function rolesOf({ bias }: { readonly bias: boolean }): ParameterRole[] {
  return bias ? ['kernel', 'bias'] : ['kernel'];
}

function poolArgs({ kernel, stride }: LayerOf<'maxPool'> | LayerOf<'averagePool'>) {
  return { poolSize: kernel, strides: stride } as const;
}

/** The stock padding is by zeros: only for what is never negative is that the same as padding that no maximum sees. */
function mustBeRectified(layer: Layer, { layer: source }: Output): void {
  const rectified = source?.op === 'activation' && ['relu', 'relu6', 'sigmoid'].includes(source.activation);
  if (!rectified)
    throw new InputError(
      'bad-value',
      `${layer.name}.padding: symmetric max pooling can be exported behind relu, relu6 or sigmoid only`,
    );
}

/** Stock pooling and dense layers write [batch, channels] where the graph has [batch, 1, 1, channels]. */
function asImage({ tensor, shape }: Output): Tensor {
  return tensor.rank === 4 ? tensor : (tfl.layers.reshape({ targetShape: [...shape] }).apply(tensor) as Tensor);
}

function asVector({ tensor }: Output): Tensor {
  return tensor.rank === 2 ? tensor : (tfl.layers.flatten().apply(tensor) as Tensor);
}

/** Graph names have no `_`, so this keeps them apart; other readers of the format refuse `/`. */
export function stockName(name: string): string {
  return name.replaceAll('/', '_');
}
