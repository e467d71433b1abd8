import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../../search/network/graph-builder.js';
import type { LayerOf, Padding, Shape } from '../../../../search/network/layers/index.js';
import { loadEngine } from '../../../../workers/engine/index.js';
import { averagePool } from '../../../../workers/engine/tfjs/model/layers/average-pool.js';
import { normal, relativeError } from '../support.js';

const channels = 3;

/** Pixels of padding before a side: half the kernel in PyTorch; in TensorFlow half of what the last window lacks, rounded down. */
function paddingBefore({ kernel, stride, padding }: LayerOf<'averagePool'>, side: number): number {
  if (padding === 'symmetric') return (kernel - 1) / 2;
  const lacking = (Math.ceil(side / stride) - 1) * stride + kernel - side;
  return padding === 'same' ? Math.floor(Math.max(0, lacking) / 2) : 0;
}

/** Mean of each window and the gradient of that, written down from the definition. */
function reference(
  layer: LayerOf<'averagePool'>,
  [height, width]: Shape,
  x: Float32Array,
  dy: Float32Array,
): { y: Float64Array; dx: Float64Array } {
  const { kernel, stride, countPadding, shape } = layer;
  const [above, left] = [paddingBefore(layer, height), paddingBefore(layer, width)];
  const [y, dx] = [new Float64Array(dy.length), new Float64Array(x.length)];
  dy.forEach((gradient, out) => {
    const channel = out % channels;
    const [row, column] = [Math.floor(out / channels / shape[1]), Math.floor(out / channels) % shape[1]];
    const pixels: number[] = [];
    for (let r = row * stride - above; r < row * stride - above + kernel; r++)
      for (let c = column * stride - left; c < column * stride - left + kernel; c++)
        if (r >= 0 && r < height && c >= 0 && c < width) pixels.push((r * width + c) * channels + channel);
    const divisor = countPadding ? kernel ** 2 : pixels.length;
    for (const pixel of pixels) {
      y[out] = (y[out] as number) + (x[pixel] as number) / divisor;
      dx[pixel] = (dx[pixel] as number) + gradient / divisor;
    }
  });
  return { y, dx };
}

/** Kernel, stride, padding and height of the image, which is one pixel narrower. */
const windows: [number, number, Padding, number][] = [
  [3, 1, 'symmetric', 7],
  [3, 2, 'symmetric', 8],
  [3, 2, 'symmetric', 7],
  [5, 2, 'symmetric', 9],
  [5, 1, 'symmetric', 6],
  [3, 2, 'same', 8],
  [3, 1, 'same', 6],
  [2, 2, 'valid', 8],
  [2, 2, 'valid', 7],
];

describe.each(['wasm', 'cpu'] as const)(
  'average pooling on %s is what its definition says, y and dx within 1e-6',
  (name) => {
    it.each(windows)('kernel %i, stride %i, %s, %i px', async (kernel, stride, padding, side) => {
      await loadEngine(name);
      const start = tf.memory().numTensors;
      for (const countPadding of [true, false]) {
        const input: Shape = [side, side - 1, channels];
        const builder = new GraphBuilder(input, { epsilon: 1e-3, momentum: 0.9 });
        builder.add('pool', ['input'], { op: 'averagePool', kernel, stride, padding, countPadding });
        const [layer] = builder.finish('pool').layers as [LayerOf<'averagePool'>];
        tf.tidy(() => {
          const x = normal<tf.Rank.R4>([1, ...input], 1);
          const dy = normal<tf.Rank.R4>([1, ...layer.shape], 2);
          const compute = averagePool.compute(layer, input);
          const run = (image: tf.Tensor): tf.Tensor => compute([image as tf.Tensor4D], {} as never);
          const [xs, dys] = [x.dataSync() as Float32Array, dy.dataSync() as Float32Array];
          const expected = reference(layer, input, xs, dys);
          expect(relativeError(run(x).dataSync(), expected.y)).toBeLessThan(1e-6);
          expect(relativeError(tf.grad(run)(x, dy).dataSync(), expected.dx)).toBeLessThan(1e-6);
        });
      }
      expect(tf.memory().numTensors).toBe(start);
    });
  },
);
