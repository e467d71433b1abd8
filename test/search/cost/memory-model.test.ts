import { describe, expect, it } from 'vitest';
import { graphCost } from '../../../search/cost/counts.js';
import { type EngineName, engineMemory } from '../../../search/cost/engine-memory.js';
import { noFootprint } from '../../../search/cost/memory-footprint.js';
import { type MemoryOptions, memoryOf, predictMemory } from '../../../search/cost/memory-model.js';
import { expand } from '../../../search/network/graph.js';
import { GraphBuilder } from '../../../search/network/graph-builder.js';
import type { Kept } from '../../../search/network/layers/operation.js';
import { resolveNetwork } from '../../../search/network/presets.js';
import { everyOperation } from '../../support/graphs.js';

const engines = Object.keys(engineMemory) as EngineName[];
const options: MemoryOptions = { batch: 8, optimizer: 'sgd', average: false, engine: 'wasm' };

describe('predicted memory', () => {
  it.each(engines)('%s: the formula, term by term, on a graph small enough for a hand', (engine) => {
    const builder = new GraphBuilder([4, 4, 3], { epsilon: 1e-3, momentum: 0.9 });
    const conv = builder.conv('c', 'input', { kernel: 1, padding: 'same', filters: 5, activation: 'relu' });
    const graph = builder.finish(conv);
    const { norm, workspace, packed, overhead, fixedBytes, library } = engineMemory[engine];
    const { temporary = 0 } = norm.relu as Kept;
    const params = 3 * 5 + 2 * 5;
    const [image, written] = [4 * 4 * 3, 4 * 4 * 5];
    // Gradients of what batch norm reads and writes, which is the peak: of its own two weights a channel there are gradients by then. wasm
    // computes the three layers as one and also has the gradients of the image and of the filters then.
    const gradients = (1 + workspace) * 2 * written + temporary * written;
    const of = {
      wasm: { image: image + written + 2 * written + image, weights: params, largest: params },
      tensorflow: { image: image + 2 * written + gradients, weights: 2 * 5, largest: 3 * 5 },
      webgpu: { image: image + written + gradients, weights: 2 * 5, largest: 3 * 5 },
      cpu: { image: image + 6 * written + gradients, weights: 2 * 5, largest: 3 * 5 },
    }[engine];
    const bytes = (count: number) => Math.ceil(4 * count * overhead);
    expect(predictMemory(graph, { batch: 8, optimizer: 'rmsprop', average: true, engine })).toMatchObject({
      weightBytes: bytes(params),
      gradientBytes: bytes(of.weights + packed * of.largest),
      slotBytes: 2 * bytes(params),
      averageBytes: bytes(params),
      statisticsBytes: bytes(2 * 5),
      activationBytes: bytes(8 * of.image),
      fixedBytes: fixedBytes + library.convolution,
    });
  });

  it('is the step of the optimiser where weights are most, with all of their gradients', () => {
    const graph = expand({ ...resolveNetwork('vgg16'), resolutionPx: 32 });
    const { stepTerms } = engineMemory.tensorflow;
    const { params } = graphCost(graph);
    const largest = 4096 * 4096 + 4096;
    expect(predictMemory(graph, { ...options, batch: 1, engine: 'tensorflow' })).toMatchObject({
      gradientBytes: 4 * (params + stepTerms * largest),
      activationBytes: 0,
    });
  });

  it.each(engines)('%s: knows every operation and its peak is the sum of its parts', (engine) => {
    const { peakBytes, ...parts } = predictMemory(everyOperation(), { ...options, engine });
    expect(peakBytes).toBe(Object.values(parts).reduce((sum, part) => sum + part, 0));
    expect(peakBytes).toBeGreaterThan(engineMemory[engine].fixedBytes);
  });

  it('is less with re-computation and less again with micro-batches, which cost another set of gradients', () => {
    const graph = expand(resolveNetwork('efficientnet-b0'));
    const large = { ...options, batch: 32 };
    const plain = predictMemory(graph, large);
    const recompute = predictMemory(graph, { ...large, recompute: true });
    const parts = predictMemory(graph, { ...large, recompute: true, microBatches: 4 });
    expect(recompute.peakBytes).toBeLessThan(0.6 * plain.peakBytes);
    expect(parts.activationBytes / recompute.activationBytes).toBeCloseTo(1 / 4, 4);
    expect(parts.gradientBytes).toBeGreaterThanOrEqual(recompute.gradientBytes + parts.weightBytes);
    expect(parts.weightBytes).toBe(plain.weightBytes);
  });

  it('doubles its activations with the batch and leaves the weights alone', () => {
    const graph = expand(resolveNetwork('mbconv-tiny'));
    const [once, twice] = [predictMemory(graph, options), predictMemory(graph, { ...options, batch: 16 })];
    expect(twice.activationBytes / once.activationBytes).toBeCloseTo(2, 4);
    expect(twice.weightBytes).toBe(once.weightBytes);
  });
});

it('has no room for a footprint without a network', () => {
  expect(memoryOf(noFootprint, options).peakBytes).toBe(engineMemory.wasm.fixedBytes);
});
