import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { stockName, weightRoles } from '../../layers-model/stock.js';
import { addBias } from '../combine.js';
import { type EngineLayer, read, unary } from '../operations.js';

export const dense: EngineLayer<'dense'> = {
  compute: ({ name, units, bias }) =>
    unary((x, { weights }) => {
      const kernel = read<tf.Tensor2D>(weights, name, 'kernel');
      const y = tf.matMul(tf.reshape(x, [x.shape[0], kernel.shape[0]]), kernel);
      const z = bias ? addBias(y, read(weights, name, 'bias')) : y;
      return tf.reshape(z, [x.shape[0], 1, 1, units]);
    }),
  write(stock, layer, [input]) {
    const { name, units, bias: useBias } = layer;
    const matrix = tfl.layers.dense({ name: stockName(name), units, useBias, kernelInitializer: 'zeros' });
    return stock.applyWith(matrix, stock.vector(input), name, weightRoles(layer));
  },
};
