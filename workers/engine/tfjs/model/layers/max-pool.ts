import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { InputError } from '../../../../../search/base/errors.js';
import type { LayerOf } from '../../../../../search/network/layers/index.js';
import { type Output, stockName } from '../../layers-model/stock.js';
import { type EngineLayer, unary } from '../operations.js';
import { pad, planPadding } from '../padding.js';

export const maxPool: EngineLayer<'maxPool'> = {
  compute(layer, input) {
    const padding = planPadding(layer, input);
    return unary((image) => {
      // The lowest float, not −∞: shading languages need not have infinities.
      const { x, mode } = pad(image, padding, -3.4028234663852886e38);
      return tf.maxPool(x, layer.kernel, layer.stride, mode);
    });
  },
  write(stock, layer, [input]) {
    const name = stockName(layer.name);
    const plan = planPadding(layer, input.shape);
    if (plan.mode === 'explicit') mustBeRectified(layer, input);
    const { x, padding } = stock.padded(input, plan, name);
    return stock.apply(tfl.layers.maxPooling2d({ name, poolSize: layer.kernel, strides: layer.stride, padding }), x);
  },
};

/** Stock padding adds zeros, which no maximum sees only if the input is never negative. */
function mustBeRectified(layer: LayerOf<'maxPool'>, { layer: source }: Output): void {
  const rectified = source?.op === 'activation' && ['relu', 'relu6', 'sigmoid'].includes(source.activation);
  if (!rectified)
    throw new InputError(
      'bad-value',
      `${layer.name}.padding: symmetric max pooling can be exported only after relu, relu6 or sigmoid`,
    );
}
