import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { childSeed, Random } from '../../../../../search/base/random.js';
import type { LayerOf } from '../../../../../search/network/layers/index.js';
import { stockName } from '../../layers-model/stock.js';
import { scaleBy } from '../combine.js';
import { type EngineLayer, type Operation, unary } from '../operations.js';

export const dropout: EngineLayer<'dropout'> = {
  compute: (layer) => dropping(layer, (x) => x.shape),
  write: (stock, { name, rate }, [input]) =>
    stock.apply(tfl.layers.dropout({ name: stockName(name), rate }), input.tensor),
};

export const dropPath: EngineLayer<'dropPath'> = {
  compute: (layer) => dropping(layer, (x) => [x.shape[0], 1, 1, 1]),
  /** Left out: it does nothing in prediction, and no stock layer drops whole images. */
  write: (_stock, _layer, [input]) => input.tensor,
};

/** Drops in training; otherwise, and at rate 0, passes the activation on. */
function dropping(
  { name, rate }: LayerOf<'dropout'> | LayerOf<'dropPath'>,
  shapeOf: (x: tf.Tensor4D) => readonly number[],
): Operation {
  return unary((x, { training, dropSeed }) =>
    training && rate > 0 ? scaleBy(x, dropFactors(dropSeed, name, rate, shapeOf(x))) : x.clone(),
  );
}

/**
 * Factors that drop with probability `rate` and keep the expectation: 0, or 1 / (1 − rate). They depend on the seed, the layer's name
 * and the shape alone, so that engines agree and a resumed training draws what the uninterrupted one drew.
 */
export function dropFactors(seed: number, layer: string, rate: number, shape: readonly number[]): tf.Tensor {
  const random = new Random(childSeed(seed, 'drop', layer));
  const kept = 1 / (1 - rate);
  const factors = new Float32Array(shape.reduce((product, side) => product * side, 1));
  for (let i = 0; i < factors.length; i++) factors[i] = random.uniform() < rate ? 0 : kept;
  return tf.tensor(factors, [...shape]);
}
