import type * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { ActivationName, LayerOf } from '../../../../../search/network/layers/index.js';
import type { SqueezeExciteParams } from '../../backend.js';
import { stockName } from '../../layers-model/stock.js';
import { type EngineLayer, read, unary, type Weights } from '../operations.js';

export const squeezeExcite: EngineLayer<'squeezeExcite'> = {
  compute: (layer) => unary((x, { fused, weights }) => fused.squeezeExcite(x, squeezeExciteOf(weights, layer))),
  /** Pooled to 1×1, two 1×1 convolutions, and a product that broadcasts over the image. */
  write(stock, layer, [input]) {
    const [, , channels] = input.shape;
    const image = stock.image(input);
    const part = (suffix: string): string => `${stockName(layer.name)}_${suffix}`;
    const dense = (suffix: string, filters: number, activation: ActivationName): tfl.layers.Layer =>
      tfl.layers.conv2d({ name: part(suffix), filters, kernelSize: 1, activation, kernelInitializer: 'zeros' });
    let x = stock.apply(tfl.layers.globalAveragePooling2d({ name: part('pool') }), image);
    x = stock.apply(tfl.layers.reshape({ name: part('reshape'), targetShape: [1, 1, channels] }), x);
    x = stock.applyWith(dense('reduce', layer.squeezed, layer.activation), x, `${layer.name}/reduce`, [
      'kernel',
      'bias',
    ]);
    x = stock.applyWith(dense('expand', channels, layer.gate), x, `${layer.name}/expand`, ['kernel', 'bias']);
    return stock.apply(tfl.layers.multiply({ name: stockName(layer.name) }), [image, x]);
  },
};

/** The tensors of a squeeze-and-excite, as the fused operations take them. */
export function squeezeExciteOf(weights: Weights, { name, activation }: LayerOf<'squeezeExcite'>): SqueezeExciteParams {
  return {
    w1: read<tf.Tensor2D>(weights, `${name}/reduce`, 'kernel'),
    b1: read<tf.Tensor1D>(weights, `${name}/reduce`, 'bias'),
    w2: read<tf.Tensor2D>(weights, `${name}/expand`, 'kernel'),
    b2: read<tf.Tensor1D>(weights, `${name}/expand`, 'bias'),
    activation,
  };
}
