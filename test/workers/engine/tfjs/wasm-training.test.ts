import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, expect, test } from 'vitest';
import { loadBackend } from '../../../../workers/engine/tfjs/index.js';
import { HeapMeter } from '../../../../workers/engine/tfjs/wasm/heap-meter.js';
import { runtimeOf } from '../../../../workers/engine/tfjs/wasm/runtime.js';
import '../../../../workers/engine/tfjs/wasm/index.js';
import { normal } from '../support.js';

beforeAll(async () => {
  await loadBackend('wasm');
});

/** Layers of the official convolutional examples, by what they show. */
const models: Readonly<Record<string, () => tfl.layers.Layer[]>> = {
  'conv, max pooling, dense': () => [
    tfl.layers.conv2d({ inputShape: [12, 12, 1], kernelSize: 5, filters: 8, activation: 'relu' }),
    tfl.layers.maxPooling2d({ poolSize: 2, strides: 2 }),
    tfl.layers.conv2d({ kernelSize: 3, filters: 6 }),
    tfl.layers.flatten(),
    tfl.layers.dense({ units: 3, activation: 'softmax' }),
  ],
  'depthwise, batch norm, average pooling': () => [
    tfl.layers.conv2d({ inputShape: [12, 12, 1], kernelSize: 3, filters: 6, padding: 'same', useBias: false }),
    tfl.layers.batchNormalization(),
    tfl.layers.reLU({ maxValue: 6 }),
    tfl.layers.depthwiseConv2d({ kernelSize: 3, strides: 2, padding: 'same' }),
    tfl.layers.averagePooling2d({ poolSize: 2 }),
    tfl.layers.globalAveragePooling2d({}),
    tfl.layers.dense({ units: 3, activation: 'softmax' }),
  ],
  'separable, dilation, dropout': () => [
    tfl.layers.separableConv2d({ inputShape: [12, 12, 1], kernelSize: 3, filters: 8, activation: 'elu' }),
    tfl.layers.conv2d({ kernelSize: 3, filters: 5, dilationRate: 2, activation: 'relu' }),
    tfl.layers.dropout({ rate: 0.1, seed: 3 }),
    tfl.layers.flatten(),
    tfl.layers.dense({ units: 12, activation: 'relu' }),
    tfl.layers.dense({ units: 3, activation: 'softmax' }),
  ],
};

/** Images whose class is the third of the image that is bright. */
function sample(): { x: tf.Tensor4D; y: tf.Tensor2D } {
  const noise = tf.mul(normal([60, 12, 12, 1], 1), 0.1).dataSync();
  const values = Float32Array.from(noise, (value, i) => {
    const column = i % 12;
    const image = Math.floor(i / 144);
    return value + (Math.floor(column / 4) === image % 3 ? 1 : 0);
  });
  const labels = tf.tensor1d(
    Array.from({ length: 60 }, (_, i) => i % 3),
    'int32',
  );
  return { x: tf.tensor4d(values, [60, 12, 12, 1]), y: tf.cast(tf.oneHot(labels, 3), 'float32') as tf.Tensor2D };
}

test.each(Object.keys(models))('model.fit on wasm learns with %s and leaves no tensor behind', async (name) => {
  tf.engine().startScope();
  const { x, y } = sample();
  const model = tfl.sequential({ layers: (models[name] as () => tfl.layers.Layer[])() });
  const optimizer = tf.train.adam(0.02);
  model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  const first = await model.fit(x, y, { epochs: 1, batchSize: 20, shuffle: false, verbose: 0 });
  const before = tf.memory().numTensors;
  const rest = await model.fit(x, y, { epochs: 12, batchSize: 20, shuffle: false, verbose: 0 });
  expect(tf.memory().numTensors).toBe(before);
  const loss = rest.history.loss as number[];
  expect(loss.every(Number.isFinite)).toBe(true);
  expect(loss.at(-1)).toBeLessThan((first.history.loss?.[0] as number) * 0.7);
  model.dispose();
  optimizer.dispose();
  tf.engine().endScope();
});

test('the heap holds after fifty trainings what it held after one, within a tenth', async () => {
  const meter = HeapMeter.of(runtimeOf(tf.backend()).backend);
  const trainOnce = async (): Promise<number> => {
    tf.engine().startScope();
    const { x, y } = sample();
    const model = tfl.sequential({ layers: (models['conv, max pooling, dense'] as () => tfl.layers.Layer[])() });
    const optimizer = tf.train.sgd(0.1);
    model.compile({ optimizer, loss: 'categoricalCrossentropy' });
    await model.fit(x, y, { epochs: 1, batchSize: 20, verbose: 0 });
    model.dispose();
    optimizer.dispose();
    tf.engine().endScope();
    return meter.heldBytes;
  };
  const once = await trainOnce();
  let last = once;
  for (let i = 1; i < 50; i++) last = await trainOnce();
  expect(last).toBeLessThan(once * 1.1 + 4096);
});

test('the peak covers what is held and falls back with a reset', () => {
  const meter = HeapMeter.of(runtimeOf(tf.backend()).backend);
  meter.reset();
  const before = meter.peakBytes;
  const big = tf.zeros([1 << 18]);
  expect(meter.peakBytes - before).toBeGreaterThanOrEqual(4 << 18);
  big.dispose();
  expect(meter.peakBytes - before).toBeGreaterThanOrEqual(4 << 18);
  meter.reset();
  expect(meter.peakBytes).toBeLessThan(before + 4096);
});

test.each(['simd', 'relaxed-simd'])('the %s binary imports its memory and writes none when it is loaded', (variant) => {
  const file = path.resolve(import.meta.dirname, `../../../../dist/workers/engine/tfjs/wasm/kernels/${variant}.wasm`);
  const bytes = readFileSync(file);
  const sections: number[] = [];
  let at = 8;
  while (at < bytes.length) {
    sections.push(bytes[at++] as number);
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] as number;
      size |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    at += size;
  }
  const [memorySection, dataSection, startSection] = [5, 11, 8];
  expect(sections).not.toContain(memorySection);
  expect(sections).not.toContain(dataSection);
  expect(sections).not.toContain(startSection);
});
