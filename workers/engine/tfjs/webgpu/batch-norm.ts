import * as tf from '@tensorflow/tfjs-core';
import type { BatchNormParams, FusedOps } from '../backend.js';
import { activationCode } from './activation.js';
import { mapElements, sumColumns, type WebGPUBackend } from './program.js';

/** WGSL: z, the activation's input, from x and the rows mean, scale, beta and deviation of `vectors`. Packed, since a shader may read only seven tensors. */
const zCode = `
  let channels = uniforms.outShape.y;
  let centred = x[index] - vectors[c];
  let z = centred * vectors[channels + c] + vectors[2 * channels + c];`;

/** WGSL: the gradient with regard to z, and the normalised input. */
const gradientCode = (slope: string): string => `${zCode}
  let dz = dy[index] * ${slope};
  let normal = centred * vectors[3 * channels + c];`;

/**
 * Batch norm with its activation. Of what is as large as the image only the input is kept; what else the gradient needs is computed
 * again. The statistics are summed in two passes, the variance about the mean.
 */
export function makeBatchNormActivation(backend: WebGPUBackend): FusedOps['batchNormActivation'] {
  return (x: tf.Tensor4D, p: BatchNormParams, training: boolean): tf.Tensor4D => {
    const channels = x.shape[3];
    const rows = x.size / channels;
    const shape: [number, number] = [rows, channels];
    const { value, slope } = activationCode[p.activation];
    const name = `norm_${p.activation}`;

    const apply = tf.customGrad((...args) => {
      const [input, gamma, beta, save] = args as unknown as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D, tf.GradSaveFunc];
      const { mean, variance } = training
        ? batchStatistics(backend, input, shape)
        : { mean: p.movingMean, variance: p.movingVariance };
      if (training) updateMoving(p, mean, variance, rows);
      const deviation = tf.rsqrt(tf.add(variance, p.epsilon));
      const vectors = tf.stack([mean, tf.mul(gamma, deviation), beta, deviation]);
      const y = mapElements(backend, name, shape, { x: input, vectors }, `${zCode} let value = ${value};`);
      save([input, vectors]);
      const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] =>
        tf.tidy(() => {
          const inputs = { x: saved[0] as tf.Tensor, dy, vectors: saved[1] as tf.Tensor };
          const dzCode = gradientCode(slope);
          // Rows: Σ dz and Σ dz · normalised x, which are the gradients of beta and gamma.
          const sums = sumColumns(backend, name, shape, inputs, `${dzCode} let value = vec2<f32>(dz, dz * normal);`);
          // Ioffe and Szegedy 2015 (arXiv 1502.03167), section 3: in training mean and variance depend on x too.
          const dxCode = training ? 'dz - (sums[c] + normal * sums[channels + c]) / f32(uniforms.outShape.x)' : 'dz';
          const dx = mapElements(
            backend,
            `${name}_${training ? 'batch' : 'moving'}_dx`,
            shape,
            // A shader must read every tensor that it is given.
            training ? { ...inputs, sums } : inputs,
            `${dzCode} let value = vectors[channels + c] * (${dxCode});`,
          );
          const [dBeta, dGamma] = tf.unstack(sums);
          return [tf.reshape(dx, x.shape), dGamma as tf.Tensor, dBeta as tf.Tensor];
        });
      return { value: tf.reshape(y, x.shape), gradFunc };
    });
    return apply(x, p.gamma, p.beta) as tf.Tensor4D;
  };
}

interface Statistics {
  readonly mean: tf.Tensor1D;
  /** Biased. */
  readonly variance: tf.Tensor1D;
}

function batchStatistics(backend: WebGPUBackend, x: tf.Tensor4D, shape: [number, number]): Statistics {
  const [rows, channels] = shape;
  const meanOf = (sums: tf.Tensor2D): tf.Tensor1D =>
    tf.div(tf.reshape(tf.slice(sums, [0, 0], [1, channels]), [channels]), rows);
  const mean = meanOf(sumColumns(backend, 'sum', shape, { x }, 'let value = vec2<f32>(x[index], 0.0);'));
  const squareCode = 'let centred = x[index] - mean[c]; let value = vec2<f32>(centred * centred, 0.0);';
  return { mean, variance: meanOf(sumColumns(backend, 'squares', shape, { x, mean }, squareCode)) };
}

function updateMoving(p: BatchNormParams, mean: tf.Tensor1D, variance: tf.Tensor1D, rows: number): void {
  const unbiased = tf.mul(variance, rows > 1 ? rows / (rows - 1) : 1);
  for (const [variable, value] of [
    [p.movingMean, mean],
    [p.movingVariance, unbiased],
  ] as const)
    variable.assign(tf.add(tf.mul(variable, p.momentum), tf.mul(value, 1 - p.momentum)));
}
