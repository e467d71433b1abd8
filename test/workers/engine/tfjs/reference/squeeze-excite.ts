import type { ActivationName } from '../../../../../search/network/layers/index.js';
import { activate } from './norm.js';

type Values = ArrayLike<number>;

/** x · sigmoid(activation(mean(x) · W1 + b1) · W2 + b2) for x [batch, pixels, channels]. */
export function squeezeExcite(
  x: Values,
  pixels: number,
  w1: Values,
  b1: Values,
  w2: Values,
  b2: Values,
  activation: ActivationName,
): Float64Array {
  const channels = b2.length;
  const y = new Float64Array(x.length);
  const size = pixels * channels;
  for (let start = 0; start < x.length; start += size) {
    const pooled = Array.from({ length: channels }, (_, c) => {
      let sum = 0;
      for (let p = 0; p < pixels; p++) sum += x[start + p * channels + c] as number;
      return sum / pixels;
    });
    const hidden = dense(pooled, w1, b1).map((z) => activate(z, activation));
    const gate = dense(hidden, w2, b2).map((z) => activate(z, 'sigmoid'));
    for (let i = 0; i < size; i++) y[start + i] = (x[start + i] as number) * (gate[i % channels] as number);
  }
  return y;
}

function dense(x: readonly number[], w: Values, b: Values): number[] {
  return Array.from(b as ArrayLike<number>, (bias, j) =>
    x.reduce((sum, value, i) => sum + value * (w[i * b.length + j] as number), bias),
  );
}
