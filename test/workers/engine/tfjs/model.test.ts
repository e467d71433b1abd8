import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { Random } from '../../../../search/base/random.js';
import { expand } from '../../../../search/network/graph.js';
import { GraphBuilder } from '../../../../search/network/graph-builder.js';
import { resolveNetwork } from '../../../../search/network/presets.js';
import { initialValues, parameterSpecs, residualNorms } from '../../../../workers/engine/parameters.js';
import { loadBackend } from '../../../../workers/engine/tfjs/index.js';
import { dropFactors } from '../../../../workers/engine/tfjs/model/layers/dropout.js';
import { buildModel, type Model } from '../../../../workers/engine/tfjs/model/model.js';
import { everyOperation, smallGraph } from '../../../support/graphs.js';

const engine = await loadBackend('cpu');

let model: Model;
let images: tf.Tensor4D;
afterEach(() => {
  model?.dispose();
  images?.dispose();
});

function prepare(graph = everyOperation(), count = 3): void {
  model = buildModel(graph, engine, { seed: 1 });
  images = randomImages(graph.input, count);
}

function randomImages([height, width, channels]: readonly [number, number, number], count: number): tf.Tensor4D {
  const random = new Random(5);
  const values = Float32Array.from({ length: count * height * width * channels }, () => random.normal());
  return tf.tensor4d(values, [count, height, width, channels]);
}

const logits = (options: Parameters<Model['forward']>[1]): number[] =>
  tf.tidy(() => Array.from(model.forward(images, options).dataSync()));

describe('forward', () => {
  it('writes logits of shape [batch, classes] and leaves no other tensor behind', () => {
    prepare();
    const before = tf.memory().numTensors;
    for (const training of [false, true]) {
      const y = model.forward(images, { training, dropSeed: 1 });
      expect(y.shape).toEqual([3, 4]);
      expect(tf.memory().numTensors).toBe(before + 1);
      y.dispose();
    }
  });

  it('holds far less than all activations at a time when it predicts', () => {
    prepare(smallGraph('efficientnet-b0-small', 16), 1);
    const all = model.graph.layers.reduce((sum, { shape }) => sum + 4 * shape[0] * shape[1] * shape[2], 0);
    const { state } = tf.engine();
    const base = state.numBytes;
    let peak = 0;
    const run = engine.fused.batchNormActivation;
    const watched = { ...engine, fused: { ...engine.fused, batchNormActivation: watch } };
    function watch(...args: Parameters<typeof run>) {
      peak = Math.max(peak, state.numBytes - base);
      return run(...args);
    }
    const other = buildModel(model.graph, watched, { seed: 1 });
    const owned = state.numBytes - base;
    other.forward(images, { training: false }).dispose();
    other.dispose();
    expect(peak - owned).toBeLessThan(all / 4);
  });

  it('is the same for the same seeds, and drops other units with another drop seed', () => {
    prepare();
    const first = logits({ training: true, dropSeed: 7 });
    expect(logits({ training: true, dropSeed: 7 })).toEqual(first);
    expect(logits({ training: true, dropSeed: 8 })).not.toEqual(first);
    const other = buildModel(model.graph, engine, { seed: 2 });
    expect(tf.tidy(() => Array.from(other.forward(images, { training: false }).dataSync()))).not.toEqual(
      logits({ training: false }),
    );
    other.dispose();
  });

  it('neither drops nor touches the moving statistics when it predicts', () => {
    prepare();
    const before = logits({ training: false, dropSeed: 1 });
    expect(logits({ training: false, dropSeed: 2 })).toEqual(before);
    expect(Array.from(model.weights.get('stem/norm/movingMean')?.dataSync() ?? [])).toEqual(new Array(8).fill(0));
    logits({ training: true });
    expect(logits({ training: false })).not.toEqual(before);
  });

  it('reads the weights that it is given in place of its own', () => {
    prepare();
    const other = buildModel(model.graph, engine, { seed: 2 });
    const own = tf.tidy(() => Array.from(other.forward(images, { training: false }).dataSync()));
    expect(logits({ training: false, weights: other.weights })).toEqual(own);
    other.dispose();
  });

  it('pads symmetrically as PyTorch does, also where TensorFlow would not', () => {
    const side = 6;
    const builder = new GraphBuilder([side, side, 1], { epsilon: 1e-3, momentum: 0.9 });
    const name = builder.add('conv', ['input'], {
      op: 'conv',
      filters: 1,
      kernel: 3,
      stride: 2,
      padding: 'symmetric',
      bias: false,
    });
    prepare(builder.finish(builder.add('flat', [name], { op: 'flatten' })), 1);
    const x = images.dataSync();
    const kernel = model.weights.get('conv/kernel')?.dataSync() as Float32Array;
    const expected = Array.from({ length: 9 }, (_, output) => {
      const top = 2 * Math.floor(output / 3) - 1;
      const left = 2 * (output % 3) - 1;
      let sum = 0;
      for (let k = 0; k < 9; k++) {
        const row = top + Math.floor(k / 3);
        const column = left + (k % 3);
        const inside = row >= 0 && row < side && column >= 0 && column < side;
        if (inside) sum += (kernel[k] as number) * (x[row * side + column] as number);
      }
      return sum;
    });
    const actual = logits({ training: false });
    expect(actual).toHaveLength(9);
    expected.forEach((value, i) => {
      expect(actual[i]).toBeCloseTo(value, 5);
    });
  });
});

describe('stochastic depth and dropout', () => {
  it('drop whole images, or single units, at their rate and keep the expectation', () => {
    const factors = tf.tidy(() => Array.from(dropFactors(3, 'block/drop', 0.25, [100_000, 1, 1, 1]).dataSync()));
    const kept = factors.filter((factor) => factor !== 0);
    expect(new Set(kept)).toEqual(new Set([Math.fround(1 / 0.75)]));
    // Three standard deviations of 100,000 draws.
    expect(Math.abs(kept.length / factors.length - 0.75)).toBeLessThan(3 * Math.sqrt((0.25 * 0.75) / 1e5));

    const builder = new GraphBuilder([2, 2, 2], { epsilon: 1e-3, momentum: 0.9 });
    const dropped = builder.add('drop', ['input'], { op: 'dropPath', rate: 0.5 });
    prepare(builder.finish(builder.add('flat', [dropped], { op: 'flatten' })), 16);
    const x = images.dataSync();
    const y = logits({ training: true, dropSeed: 1 });
    const ratios = Array.from({ length: 16 }, (_, image) => {
      const own = Array.from({ length: 8 }, (_, i) => (y[8 * image + i] as number) / (x[8 * image + i] as number));
      for (const ratio of own) expect(ratio).toBeCloseTo(own[0] as number, 6);
      return Math.round(own[0] as number);
    });
    expect(new Set(ratios)).toEqual(new Set([0, 2]));
  });
});

describe('initial values', () => {
  const specs = parameterSpecs(smallGraph('efficientnet-b0-small', 32, 1));
  const spec = (name: string) => specs.find((one) => one.name === name) as (typeof specs)[number];

  it('of a convolution are normal with variance 2 / (kernel² · filters), of a depthwise one 2 / kernel²', () => {
    for (const [name, variance] of [
      ['stage6/block2/expand/conv/kernel', 2 / 1152],
      ['stage6/block2/depthwise/conv/kernel', 2 / 25],
    ] as const) {
      const values = initialValues(spec(name), 1);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const measured = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
      // Four standard errors of a sample variance.
      expect(Math.abs(measured / variance - 1)).toBeLessThan(4 * Math.sqrt(2 / values.length));
      expect(Math.abs(mean)).toBeLessThan(4 * Math.sqrt(variance / values.length));
    }
  });

  it('of the logits are uniform in ±sqrt(6 / (in + out)); gamma and moving variance are 1, the rest 0', () => {
    const kernel = initialValues(spec('logits/kernel'), 1);
    const limit = Math.sqrt(6 / (1280 + 5));
    expect(Math.max(...kernel)).toBeLessThan(limit);
    expect(Math.max(...kernel)).toBeGreaterThan(0.99 * limit);
    expect(Math.min(...kernel)).toBeLessThan(-0.99 * limit);
    const constant = (name: string) => [...new Set(initialValues(spec(name), 1))];
    expect(constant('stem/block1/norm/gamma')).toEqual([1]);
    expect(constant('stem/block1/norm/movingVariance')).toEqual([1]);
    expect(constant('stem/block1/norm/beta')).toEqual([0]);
    expect(constant('stem/block1/norm/movingMean')).toEqual([0]);
    expect(constant('logits/bias')).toEqual([0]);
  });

  it('depend on the seed and the name alone', () => {
    const { name, ...rest } = spec('stem/block1/conv/kernel');
    const values = initialValues({ name, ...rest }, 1);
    expect(initialValues({ name, ...rest }, 1)).toEqual(values);
    expect(initialValues({ name, ...rest }, 2)).not.toEqual(values);
    expect(initialValues({ name: `${name}2`, ...rest }, 1)).not.toEqual(values);
  });
});

describe('the gain of residual branches', () => {
  const startOf = (residualGamma?: number) => {
    const graph = expand({ ...resolveNetwork('resnet18'), resolutionPx: 32 });
    const own = buildModel(graph, engine, { seed: 1, ...(residualGamma === undefined ? {} : { residualGamma }) });
    const values = new Map([...own.weights].map(([name, variable]) => [name, Array.from(variable.dataSync())]));
    own.dispose();
    return values;
  };

  it('starts where it is asked to in the norm that ends each branch, and moves no other parameter', () => {
    const plain = startOf();
    const damped = startOf(0.25);
    const moved = [...plain].filter(([name, values]) => damped.get(name)?.some((value, i) => value !== values[i]));
    // Eight blocks of two convolutions; those with a projection in their shortcut keep its gain.
    expect(moved.map(([name]) => name)).toEqual(
      [1, 2, 3, 4].flatMap((stage) => [1, 2].map((block) => `stage${stage}/block${block}/second/norm/gamma`)),
    );
    for (const [name] of moved) expect(new Set(damped.get(name))).toEqual(new Set([0.25]));
  });

  it('is found behind stochastic depth', () => {
    const graph = expand({ ...resolveNetwork('efficientnet-b0'), resolutionPx: 32 });
    expect(graph.layers.some(({ op }) => op === 'dropPath')).toBe(true);
    const adds = graph.layers.filter(({ op }) => op === 'add');
    expect([...residualNorms(graph)]).toEqual(adds.map(({ name }) => name.replace(/add$/, 'project/norm')));
  });
});
