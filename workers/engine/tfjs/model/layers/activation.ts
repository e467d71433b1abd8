import * as tfl from '@tensorflow/tfjs-layers';
import { stockName } from '../../layers-model/stock.js';
import { type EngineLayer, unary } from '../operations.js';

export const activation: EngineLayer<'activation'> = {
  compute: ({ activation }) => unary((x, { fused }) => fused.activation(x, activation)),
  write: (stock, { name, activation }, [input]) =>
    stock.apply(tfl.layers.activation({ name: stockName(name), activation }), input.tensor),
};
