import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { stockName, weightRoles } from '../../layers-model/stock.js';
import { addBias } from '../combine.js';
import { type EngineLayer, read, unary } from '../operations.js';
import { pad, planPadding } from '../padding.js';

export const depthwise: EngineLayer<'depthwise'> = {
  compute(layer, input) {
    const padding = planPadding(layer, input);
    return unary((image, { weights }) => {
      const { x, mode } = pad(image, padding);
      const y = tf.depthwiseConv2d(x, read<tf.Tensor4D>(weights, layer.name, 'kernel'), layer.stride, mode);
      return layer.bias ? addBias(y, read(weights, layer.name, 'bias')) : y;
    });
  },
  write(stock, layer, [input]) {
    const name = stockName(layer.name);
    const { x, padding } = stock.padded(input, planPadding(layer, input.shape), name);
    const depthwiseConv2d = tfl.layers.depthwiseConv2d({
      name,
      kernelSize: layer.kernel,
      strides: layer.stride,
      padding,
      useBias: layer.bias,
      depthwiseInitializer: 'zeros',
    });
    return stock.applyWith(depthwiseConv2d, x, layer.name, weightRoles(layer));
  },
  stockNames: { kernel: 'depthwise_kernel' },
};
