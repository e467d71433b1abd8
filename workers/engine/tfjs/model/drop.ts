import * as tf from '@tensorflow/tfjs-core';
import { childSeed, Random } from '../../../../search/base/random.js';

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
