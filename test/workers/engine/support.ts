import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest';
import { Random } from '../../../search/base/random.js';
import { loadEngine } from '../../../workers/engine/index.js';
import { bestVariant, type SimdVariant } from '../../../workers/engine/tfjs/wasm/kernels.js';
import { chooseVariant } from '../../../workers/engine/tfjs/wasm/runtime.js';

/** Runs a suite on the wasm engine with both forms of its kernels; every test is checked for tensors left behind. */
export function onBothVariants(suite: () => void): void {
  const variants: SimdVariant[] = ['relaxed-simd', 'simd'];
  describe.each(variants)('%s', (variant) => {
    // A JavaScript engine without relaxed SIMD has one form to test.
    const works = variant === 'simd' || bestVariant() === 'relaxed-simd';
    const run = works ? describe : describe.skip;
    run('', () => {
      beforeAll(async () => {
        await loadEngine('wasm');
        chooseVariant(variant);
      });
      afterAll(() => chooseVariant(null));
      let before = 0;
      beforeEach(() => {
        before = tf.memory().numTensors;
        tf.engine().startScope();
      });
      afterEach(() => {
        tf.engine().endScope();
        expect(tf.memory().numTensors).toBe(before);
      });
      suite();
    });
  });
}

/** A tensor of standard normal numbers, the same for the same seed. */
export function normal<R extends tf.Rank>(shape: number[], seed: number): tf.Tensor<R> {
  const random = new Random(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Float32Array.from({ length: size }, () => random.normal());
  return tf.tensor<R>(values, shape as unknown as tf.ShapeMap[R]);
}

/** Largest difference relative to the largest value of the reference; NaN where either has a NaN that the other lacks. */
export function relativeError(measured: ArrayLike<number>, reference: ArrayLike<number>): number {
  expect(measured.length).toBe(reference.length);
  let difference = 0;
  let size = Number.MIN_VALUE;
  for (let i = 0; i < reference.length; i++) {
    const [m, r] = [measured[i] as number, reference[i] as number];
    if (Number.isNaN(m) !== Number.isNaN(r)) return Number.NaN;
    if (Number.isNaN(r)) continue;
    difference = Math.max(difference, Math.abs(m - r));
    size = Math.max(size, Math.abs(r));
  }
  return difference / size;
}
