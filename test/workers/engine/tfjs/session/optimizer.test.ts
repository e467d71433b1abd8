import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../../../search/network/graph-builder.js';
import { type Recipe, recipeSchema } from '../../../../../search/plan/recipe.js';
import { loadBackend } from '../../../../../workers/engine/tfjs/index.js';
import { buildModel, type Model } from '../../../../../workers/engine/tfjs/model/model.js';
import { Optimizer } from '../../../../../workers/engine/tfjs/session/optimizer.js';

const engine = await loadBackend('wasm');

let model: Model;
let optimizer: Optimizer;
afterEach(() => {
  optimizer.dispose();
  model.dispose();
});

function prepare(fields: Partial<Recipe>): void {
  const builder = new GraphBuilder([4, 4, 2], { epsilon: 1e-3, momentum: 0.9 });
  const x = builder.conv('conv', 'input', { kernel: 3, padding: 'same', filters: 3, activation: 'relu' });
  const flat = builder.add('flat', [x], { op: 'flatten' });
  const graph = builder.finish(builder.add('logits', [flat], { op: 'dense', units: 2, bias: true }));
  model = buildModel(graph, engine, { seed: 1 });
  optimizer = new Optimizer(engine, model, recipeSchema.parse(fields));
}

const valuesOf = (name: string): number[] => Array.from(model.weights.get(name)?.dataSync() ?? []);
const slot = (name: string): number[] => Array.from(optimizer.slots.get(name)?.dataSync() ?? []);

/** One step in which every gradient is the same number. */
function apply(value: number, step: number, learningRate: number): void {
  const gradients = optimizer.variables.map((variable) => tf.fill(variable.shape, value));
  optimizer.apply(gradients, step, learningRate);
  tf.dispose(gradients);
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((value, i) => {
    expect(Math.abs((actual[i] as number) - value)).toBeLessThan(1e-6 * Math.max(1, Math.abs(value)));
  });
}

describe('the optimiser', () => {
  it('lets weights decay in convolutions and dense layers, not in biases and batch norm', () => {
    prepare({ weightDecay: 0.5, momentum: 0 });
    const names = ['conv/conv/kernel', 'logits/kernel', 'logits/bias', 'conv/norm/gamma', 'conv/norm/beta'];
    const before = names.map(valuesOf);
    apply(0, 0, 0.1);
    names.forEach((name, i) => {
      const factor = name.endsWith('kernel') ? 0.95 : 1;
      expectClose(
        valuesOf(name),
        before[i]!.map((w) => factor * w),
      );
    });
  });

  it('steps by SGD with momentum', () => {
    prepare({ weightDecay: 0, momentum: 0.5 });
    apply(1, 0, 0.1);
    apply(1, 1, 0.1);
    // Velocities 1 and 1.5.
    expectClose(valuesOf('logits/bias'), [-0.25, -0.25]);
    expectClose(slot('velocity/logits/bias'), [1.5, 1.5]);
  });

  it('steps by RMSProp whose mean square starts from one', () => {
    prepare({ optimizer: 'rmsprop', weightDecay: 0, momentum: 0.5 });
    expect(slot('meanSquare/logits/bias')).toEqual([1, 1]);
    apply(2, 0, 0.1);
    const meanSquare = 0.9 + 0.1 * 4;
    const move = (0.1 * 2) / Math.sqrt(meanSquare + 1e-3);
    expectClose(slot('meanSquare/logits/bias'), [meanSquare, meanSquare]);
    expectClose(valuesOf('logits/bias'), [-move, -move]);
  });

  it('averages weights and moving statistics with min(decay, (1 + t) / (10 + t))', () => {
    prepare({ emaDecay: 0.2, weightDecay: 0, momentum: 0 });
    tf.tidy(() => model.weights.get('conv/norm/movingMean')?.assign(tf.tensor1d([1, 2, 3])));
    apply(-1, 0, 1);
    expectClose(slot('average/logits/bias'), [0.9, 0.9]);
    expectClose(slot('average/conv/norm/movingMean'), [0.9, 1.8, 2.7]);
    apply(-1, 1000, 1);
    expectClose(slot('average/logits/bias'), [0.2 * 0.9 + 0.8 * 2, 0.2 * 0.9 + 0.8 * 2]);
    expect(optimizer.averages?.size).toBe(model.weights.size);
  });

  it('holds a slot for what its recipe needs and nothing more', () => {
    prepare({});
    expect([...optimizer.slots.keys()].every((name) => name.startsWith('velocity/'))).toBe(true);
    expect(optimizer.averages).toBeNull();
  });
});
