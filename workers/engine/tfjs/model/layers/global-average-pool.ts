import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { stockName } from '../../layers-model/stock.js';
import { type EngineLayer, unary } from '../operations.js';

export const globalAveragePool: EngineLayer<'globalAveragePool'> = {
  compute: () => unary((x) => tf.mean(x, [1, 2], true)),
  write: (stock, { name }, [input]) =>
    stock.apply(tfl.layers.globalAveragePooling2d({ name: stockName(name) }), stock.image(input)),
};
