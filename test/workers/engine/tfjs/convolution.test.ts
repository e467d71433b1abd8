import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { normal, onBothVariants, relativeError } from '../support.js';
import { convolution, depthwise } from './reference/convolution.js';
import { type Geometry, resolve } from './reference/window.js';

const geometries: (Geometry & { filters: number })[] = [];
for (const [kernel, stride, dilation] of [
  [1, 1, 1],
  [1, 2, 1],
  [2, 1, 1],
  [3, 1, 1],
  [3, 2, 1],
  [3, 3, 1],
  [5, 1, 1],
  [5, 2, 1],
  [7, 2, 1],
  [11, 1, 1],
  [3, 1, 2],
  [5, 1, 3],
] as const)
  for (const padding of ['same', 'valid'] as const)
    for (const [channels, filters] of [
      [1, 3],
      [3, 5],
      [7, 17],
      [8, 12],
      [17, 8],
    ] as const)
      geometries.push({
        batch: 2,
        height: 13,
        width: 14,
        channels,
        filters,
        kernel: [kernel, kernel],
        stride,
        dilation,
        padding,
      });
geometries.push({
  batch: 3,
  height: 4,
  width: 3,
  channels: 5,
  filters: 4,
  kernel: [3, 5],
  stride: 1,
  dilation: 1,
  padding: 'same',
});
for (const [height, width, stride] of [
  [1, 1, 1],
  [1, 2, 2],
  [2, 1, 1],
  [2, 2, 2],
] as const)
  geometries.push({
    batch: 5,
    height,
    width,
    channels: 8,
    filters: 9,
    kernel: [5, 3],
    stride,
    dilation: 1,
    padding: 'same',
  });
geometries.push({
  batch: 1,
  height: 9,
  width: 40,
  channels: 64,
  filters: 64,
  kernel: [3, 3],
  stride: 1,
  dilation: 1,
  padding: 'same',
});

const title = (g: Geometry & { filters: number }): string =>
  `${g.batch}×${g.height}×${g.width}×${g.channels} → ${g.filters}, kernel ${g.kernel.join('×')}, stride ${g.stride}, dilation ${g.dilation}, ${g.padding}`;
const cases = geometries.map((g) => [title(g), g] as const);

onBothVariants(() => {
  test.each(cases)('convolution %s: y, dx and dFilter are the sums of products within 1e-5', (_, g) => {
    const x = normal<tf.Rank.R4>([g.batch, g.height, g.width, g.channels], 1);
    const filter = normal<tf.Rank.R4>([...g.kernel, g.channels, g.filters], 2);
    const { outHeight, outWidth } = resolve(g);
    const dy = normal<tf.Rank.R4>([g.batch, outHeight, outWidth, g.filters], 3);
    const run = (a: tf.Tensor, f: tf.Tensor) =>
      tf.conv2d(a as tf.Tensor4D, f as tf.Tensor4D, g.stride, g.padding, 'NHWC', g.dilation);
    const [dx, dFilter] = tf.grads(run)([x, filter], dy) as [tf.Tensor, tf.Tensor];
    const expected = convolution(g, g.filters, x.dataSync(), filter.dataSync(), dy.dataSync());
    expect(relativeError(run(x, filter).dataSync(), expected.y)).toBeLessThan(1e-5);
    expect(relativeError(dx.dataSync(), expected.dx)).toBeLessThan(1e-5);
    expect(relativeError(dFilter.dataSync(), expected.dFilter)).toBeLessThan(1e-5);
  });

  test.each(cases)('depthwise %s: y, dx and dFilter are the sums of products within 1e-5', (_, g) => {
    for (const multiplier of [1, 3]) {
      const x = normal<tf.Rank.R4>([g.batch, g.height, g.width, g.channels], 1);
      const filter = normal<tf.Rank.R4>([...g.kernel, g.channels, multiplier], 2);
      const { outHeight, outWidth } = resolve(g);
      const dy = normal<tf.Rank.R4>([g.batch, outHeight, outWidth, g.channels * multiplier], 3);
      const run = (a: tf.Tensor, f: tf.Tensor) =>
        tf.depthwiseConv2d(a as tf.Tensor4D, f as tf.Tensor4D, g.stride, g.padding, 'NHWC', g.dilation);
      const [dx, dFilter] = tf.grads(run)([x, filter], dy) as [tf.Tensor, tf.Tensor];
      const expected = depthwise(g, multiplier, x.dataSync(), filter.dataSync(), dy.dataSync());
      expect(relativeError(run(x, filter).dataSync(), expected.y)).toBeLessThan(1e-5);
      expect(relativeError(dx.dataSync(), expected.dx)).toBeLessThan(1e-5);
      expect(relativeError(dFilter.dataSync(), expected.dFilter)).toBeLessThan(1e-5);
    }
  });
});
