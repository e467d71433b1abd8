import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { LayerGraph, Shape } from '../../../../search/network/layers/index.js';
import type { Normalisation } from '../../../data/dataset.js';
import { engineLayerOf } from '../model/layers/index.js';
import { type Output, StockLayers, type StockTensor } from './stock.js';

export interface LayersModelOptions {
  /** Given: the model takes pixels from 0 to 255 and normalises them itself. Absent: it takes normalised images. */
  readonly normalisation?: Normalisation;
}

/**
 * The network as a TensorFlow.js `LayersModel` of stock layers alone, which plain TensorFlow.js loads without this program. It maps
 * [batch, height, width, channels] to logits [batch, classes]. The weights are copied. Layers carry the graph's names with `_` for `/`.
 * Each operation says which stock layers represent it (model/layers).
 */
export function toLayersModel(
  graph: LayerGraph,
  weights: ReadonlyMap<string, tf.Tensor>,
  options: LayersModelOptions = {},
): tfl.LayersModel {
  const stock = new StockLayers(weights);
  const input = tfl.input({ shape: [...graph.input], name: 'input' });
  const { normalisation } = options;
  const image = normalisation ? normalise(input, normalisation, graph.input) : input;
  const outputs = new Map<string, Output>([['input', { tensor: image, layer: null, shape: graph.input }]]);
  for (const layer of graph.layers) {
    const inputs = layer.inputs.map((name) => outputs.get(name)) as unknown as [Output, ...Output[]];
    const tensor = engineLayerOf(layer).write(stock, layer as never, inputs);
    outputs.set(layer.name, { tensor, layer, shape: layer.shape });
  }
  return tfl.model({ inputs: input, outputs: (outputs.get(graph.output) as Output).tensor });
}

/** A depthwise 1×1 convolution with fixed weights: scale 1 / (255 · std) and bias −mean / std, per channel. */
function normalise(input: StockTensor, { mean, std }: Normalisation, [, , channels]: Shape): StockTensor {
  if (mean.length !== channels || std.length !== channels)
    throw new Error(`a normalisation of ${mean.length} channels for a network that reads ${channels}`);
  const layer = tfl.layers.depthwiseConv2d({
    name: 'normalisation',
    kernelSize: 1,
    depthwiseInitializer: 'zeros',
    trainable: false,
  });
  const output = layer.apply(input) as StockTensor;
  tf.tidy(() => {
    const scale = std.map((deviation) => 1 / (255 * deviation));
    const bias = mean.map((value, i) => -value / (std[i] as number));
    layer.setWeights([tf.tensor4d(scale, [1, 1, channels, 1]), tf.tensor1d(bias)]);
  });
  return output;
}
