import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { stockName } from '../../layers-model/stock.js';
import { type EngineLayer, unary } from '../operations.js';

export const flatten: EngineLayer<'flatten'> = {
  compute: () => unary((x) => tf.reshape(x, [x.shape[0], 1, 1, -1])),
  write: (stock, { name }, [input]) => stock.apply(tfl.layers.flatten({ name: stockName(name) }), stock.image(input)),
};
