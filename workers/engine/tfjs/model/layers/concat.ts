import * as tfl from '@tensorflow/tfjs-layers';
import { stockName } from '../../layers-model/stock.js';
import { concatChannels } from '../combine.js';
import type { EngineLayer } from '../operations.js';

export const concat: EngineLayer<'concat'> = {
  compute: () => (inputs) => concatChannels(inputs),
  write: (stock, { name }, inputs) =>
    stock.apply(
      tfl.layers.concatenate({ name: stockName(name), axis: 3 }),
      inputs.map((input) => stock.image(input)),
    ),
};
