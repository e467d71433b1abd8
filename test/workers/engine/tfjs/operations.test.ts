import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { loadBackend } from '../../../../workers/engine/tfjs/index.js';
import { normal, onBothVariants, relativeError } from '../support.js';
import { pool } from './reference/pool.js';
import { type Geometry, resolve } from './reference/window.js';

const pools: Geometry[] = [
  [2, 2],
  [3, 2],
  [3, 1],
  [5, 3],
].flatMap(([kernel, stride]) =>
  (['same', 'valid'] as const).flatMap((padding) =>
    [1, 5, 8].map((channels) => ({
      batch: 2,
      height: 9,
      width: 7,
      channels,
      kernel: [kernel as number, kernel as number] as const,
      stride: stride as number,
      dilation: 1,
      padding,
    })),
  ),
);

/** c = op(a) · op(b) in double precision. */
function product(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  m: number,
  k: number,
  n: number,
  ta: boolean,
  tb: boolean,
) {
  const c = new Float64Array(m * n);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++)
      for (let l = 0; l < k; l++) {
        const left = a[ta ? l * m + i : i * k + l] as number;
        const right = b[tb ? j * k + l : l * n + j] as number;
        c[i * n + j] = (c[i * n + j] as number) + left * right;
      }
  return c;
}

onBothVariants(() => {
  test.each(
    pools.map((g) => [`kernel ${g.kernel[0]}, stride ${g.stride}, ${g.padding}, ${g.channels} channels`, g] as const),
  )('pooling, %s: y and dx within 1e-6', (_, g) => {
    const { outHeight, outWidth } = resolve(g);
    const x = normal<tf.Rank.R4>([g.batch, g.height, g.width, g.channels], 1);
    const dy = normal<tf.Rank.R4>([g.batch, outHeight, outWidth, g.channels], 2);
    for (const kind of ['max', 'average'] as const) {
      const run = (a: tf.Tensor) =>
        (kind === 'max' ? tf.maxPool : tf.avgPool)(a as tf.Tensor4D, g.kernel[0], g.stride, g.padding);
      const expected = pool(kind, g, x.dataSync(), dy.dataSync());
      expect(relativeError(run(x).dataSync(), expected.y)).toBeLessThan(1e-6);
      expect(relativeError(tf.grad(run)(x, dy).dataSync(), expected.dx)).toBeLessThan(1e-6);
    }
  });

  const sides = [1, 3, 4, 7, 8, 17, 65];
  test.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])('matrix product (left transposed %s, right transposed %s) of all odd sizes within 1e-5', (ta, tb) => {
    for (const m of sides)
      for (const k of [1, 5, 33])
        for (const n of sides) {
          const a = normal<tf.Rank.R2>(ta ? [k, m] : [m, k], m + k);
          const b = normal<tf.Rank.R2>(tb ? [n, k] : [k, n], n + k);
          const expected = product(a.dataSync(), b.dataSync(), m, k, n, ta, tb);
          expect(relativeError(tf.matMul(a, b, ta, tb).dataSync(), expected)).toBeLessThan(1e-5);
        }
  });

  test('sums of 10⁴ products stay within 1e-5', () => {
    const [a, b] = [normal<tf.Rank.R2>([10_000, 5], 1), normal<tf.Rank.R2>([10_000, 9], 2)];
    const expected = product(a.dataSync(), b.dataSync(), 5, 10_000, 9, true, false);
    expect(relativeError(tf.matMul(a, b, true, false).dataSync(), expected)).toBeLessThan(1e-5);
    const left = tf.transpose(a);
    expect(relativeError(tf.matMul(left, b).dataSync(), expected)).toBeLessThan(1e-5);
  });

  test('products broadcast over the outer axes', () => {
    const [a, b] = [normal([2, 1, 3, 4], 1), normal([5, 4, 6], 2)];
    const c = tf.matMul(a, b);
    expect(c.shape).toEqual([2, 5, 3, 6]);
    const [av, bv, cv] = [a.dataSync(), b.dataSync(), c.dataSync()];
    for (let i = 0; i < 2; i++)
      for (let j = 0; j < 5; j++) {
        const expected = product(av.slice(i * 12, i * 12 + 12), bv.slice(j * 24, j * 24 + 24), 3, 4, 6, false, false);
        const start = (i * 5 + j) * 18;
        expect(relativeError(cv.slice(start, start + 18), expected)).toBeLessThan(1e-5);
      }
  });

  test.each([[[0, 1, 2]], [[1, 2]], [[0]], [[1]], [[3]], [[0, 3]], [[0, 1, 2, 3]]])(
    'sum and mean over axes %j within 1e-5',
    (axes) => {
      const shape = [3, 9, 5, 7];
      const x = normal(shape, 1);
      const expected = new Map<number, number>();
      let count = 1;
      for (const axis of axes) count *= shape[axis] as number;
      x.dataSync().forEach((value, flat) => {
        let rest = flat;
        let key = 0;
        let stride = 1;
        for (let axis = 3; axis >= 0; axis--) {
          const at = rest % (shape[axis] as number);
          rest = (rest - at) / (shape[axis] as number);
          if (axes.includes(axis)) continue;
          key += at * stride;
          stride *= shape[axis] as number;
        }
        expected.set(key, (expected.get(key) ?? 0) + value);
      });
      const sums = Float64Array.from({ length: expected.size }, (_, i) => expected.get(i) as number);
      for (const keep of [false, true]) {
        const sum = tf.sum(x, axes, keep);
        expect(sum.shape).toEqual(shape.flatMap((side, i) => (axes.includes(i) ? (keep ? [1] : []) : [side])));
        expect(relativeError(sum.dataSync(), sums)).toBeLessThan(1e-5);
        const means = sums.map((value) => value / count);
        expect(relativeError(tf.mean(x, axes, keep).dataSync(), means)).toBeLessThan(1e-5);
      }
    },
  );

  test('NaN and infinities pass through products, convolutions and pooling', () => {
    const x = tf.tensor4d([1, Number.NaN, 2, Number.POSITIVE_INFINITY], [1, 2, 2, 1]);
    expect([...tf.maxPool(x, [1, 2], [1, 2], 'valid').dataSync()]).toEqual([Number.NaN, Number.POSITIVE_INFINITY]);
    expect([...tf.avgPool(x, [1, 2], [1, 2], 'valid').dataSync()]).toEqual([Number.NaN, Number.POSITIVE_INFINITY]);
    const y = tf.conv2d(x, tf.ones([1, 1, 1, 5]), 1, 'same').dataSync();
    expect([y[0], y[5], y[10], y[15]]).toEqual([1, Number.NaN, 2, Number.POSITIVE_INFINITY]);
    const z = tf.depthwiseConv2d(x, tf.ones([1, 1, 1, 1]), 1, 'same').dataSync();
    expect([...z]).toEqual([1, Number.NaN, 2, Number.POSITIVE_INFINITY]);
    expect(tf.matMul(tf.tensor2d([[Number.NaN, 1]]), tf.ones([2, 3])).dataSync()[2]).toBeNaN();
  });

  test('a clone shares memory and keeps its values when the original is disposed of', () => {
    const x = normal([5], 1);
    const values = Float32Array.from(x.dataSync());
    const y = x.clone();
    x.dispose();
    expect(y.dataSync()).toEqual(values);
  });
});

test('average pooling on cpu, whose own gradient is wrong at padded edges: dx within 1e-6', async () => {
  await loadBackend('cpu');
  for (const g of pools) {
    const { outHeight, outWidth } = resolve(g);
    const x = normal<tf.Rank.R4>([g.batch, g.height, g.width, g.channels], 1);
    const dy = normal<tf.Rank.R4>([g.batch, outHeight, outWidth, g.channels], 2);
    const run = (a: tf.Tensor) => tf.avgPool(a as tf.Tensor4D, g.kernel[0], g.stride, g.padding);
    const dx = tf.grad(run)(x, dy);
    expect(relativeError(dx.dataSync(), pool('average', g, x.dataSync(), dy.dataSync()).dx)).toBeLessThan(1e-6);
    tf.dispose([x, dy, dx]);
  }
});
