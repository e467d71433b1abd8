import type * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { stockName } from '../../layers-model/stock.js';
import { addSame } from '../combine.js';
import type { EngineLayer } from '../operations.js';

export const add: EngineLayer<'add'> = {
  compute: () => (inputs) => inputs.slice(1).reduce((sum, x) => addSame(sum, x), inputs[0]?.clone() as tf.Tensor4D),
  write: (stock, { name }, inputs) =>
    stock.apply(
      tfl.layers.add({ name: stockName(name) }),
      inputs.map((input) => stock.image(input)),
    ),
};
