import type { ActivationName } from '../../../../../search/network/layers/index.js';

type Values = ArrayLike<number>;

/** activation(z) in double precision. */
export function activate(z: number, activation: ActivationName): number {
  switch (activation) {
    case 'linear':
      return z;
    case 'relu':
      return Math.max(z, 0);
    case 'relu6':
      return Math.min(Math.max(z, 0), 6);
    case 'swish':
      return z / (1 + Math.exp(-z));
    case 'sigmoid':
      return 1 / (1 + Math.exp(-z));
  }
}

/** Mean and biased variance of each column of x [rows, channels]. */
export function moments(x: Values, channels: number): { mean: Float64Array; variance: Float64Array } {
  const rows = x.length / channels;
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  for (let c = 0; c < channels; c++) {
    let sum = 0;
    for (let r = 0; r < rows; r++) sum += x[r * channels + c] as number;
    mean[c] = sum / rows;
    let squares = 0;
    for (let r = 0; r < rows; r++) squares += ((x[r * channels + c] as number) - (mean[c] as number)) ** 2;
    variance[c] = squares / rows;
  }
  return { mean, variance };
}

/** activation(gamma · (x − mean) / √(variance + epsilon) + beta). */
export function normalise(
  x: Values,
  gamma: Values,
  beta: Values,
  mean: Values,
  variance: Values,
  epsilon: number,
  activation: ActivationName,
): Float64Array {
  const channels = gamma.length;
  return Float64Array.from(x, (value, i) => {
    const c = i % channels;
    const deviation = (value - (mean[c] as number)) / Math.sqrt((variance[c] as number) + epsilon);
    return activate((gamma[c] as number) * deviation + (beta[c] as number), activation);
  });
}
