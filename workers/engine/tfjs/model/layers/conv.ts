import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { stockName, weightRoles } from '../../layers-model/stock.js';
import { addBias } from '../combine.js';
import { type EngineLayer, read, unary } from '../operations.js';
import { pad, planPadding } from '../padding.js';

export const conv: EngineLayer<'conv'> = {
  compute(layer, input) {
    const padding = planPadding(layer, input);
    return unary((image, { weights }) => {
      const { x, mode } = pad(image, padding);
      const y = tf.conv2d(x, read<tf.Tensor4D>(weights, layer.name, 'kernel'), layer.stride, mode);
      return layer.bias ? addBias(y, read(weights, layer.name, 'bias')) : y;
    });
  },
  write(stock, layer, [input]) {
    const name = stockName(layer.name);
    const { x, padding } = stock.padded(input, planPadding(layer, input.shape), name);
    const conv2d = tfl.layers.conv2d({
      name,
      filters: layer.filters,
      kernelSize: layer.kernel,
      strides: layer.stride,
      padding,
      useBias: layer.bias,
      kernelInitializer: 'zeros',
    });
    return stock.applyWith(conv2d, x, layer.name, weightRoles(layer));
  },
};
