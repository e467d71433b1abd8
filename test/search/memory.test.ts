import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { graphCost } from '../../search/cost.js';
import { engineMemory, type MemoryEngine } from '../../search/engine-memory.js';
import { expand } from '../../search/graph.js';
import { GraphBuilder } from '../../search/graph-builder.js';
import { type MemoryOptions, memoryOf, memoryTable, predictMemory } from '../../search/memory.js';
import { NetworkMeter } from '../../search/meter.js';
import { resolveNetwork } from '../../search/presets.js';
import { scaleArchitecture, withDimensions } from '../../search/scaling.js';
import { everyOperation } from '../support/graphs.js';

const engines = Object.keys(engineMemory) as MemoryEngine[];
const options: MemoryOptions = { batch: 8, optimizer: 'sgd', average: false, engine: 'wasm' };

describe('predicted memory', () => {
  it.each(engines)('%s: the formula, term by term, on a graph small enough for a hand', (engine) => {
    const builder = new GraphBuilder([4, 4, 3], { epsilon: 1e-3, momentum: 0.9 });
    const conv = builder.conv('c', 'input', { kernel: 1, padding: 'same', filters: 5, activation: 'relu' });
    const graph = builder.finish(conv);
    const { kept, workspace, overhead, fixedBytes } = engineMemory[engine];
    const params = 3 * 5 + 2 * 5;
    const written = 4 * 4 * 5;
    const bytes = (count: number) => Math.ceil(4 * count * overhead);
    expect(predictMemory(graph, { batch: 8, optimizer: 'rmsprop', average: true, engine })).toMatchObject({
      weightBytes: bytes(params),
      gradientBytes: bytes(params),
      slotBytes: 2 * bytes(params),
      averageBytes: bytes(params),
      statisticsBytes: bytes(2 * 5),
      activationBytes: bytes(8 * (4 * 4 * 3 + written * (kept.conv + kept.batchNorm + kept.activation))),
      workspaceBytes: bytes(8 * workspace * 2 * written),
      fixedBytes,
    });
  });

  it.each(engines)('%s: knows every operation and its peak is the sum of its parts', (engine) => {
    const { peakBytes, ...parts } = predictMemory(everyOperation(), { ...options, engine });
    expect(peakBytes).toBe(Object.values(parts).reduce((sum, part) => sum + part, 0));
    expect(peakBytes).toBeGreaterThan(engineMemory[engine].fixedBytes);
  });

  it('the table by layer adds up to the total, with the largest workspace', () => {
    const graph = expand(resolveNetwork('efficientnet-b0'));
    const table = memoryTable(graph, options);
    const total = predictMemory(graph, options);
    const sum = (field: 'weightBytes' | 'activationBytes') => table.reduce((bytes, row) => bytes + row[field], 0);
    const input = 8 * 224 * 224 * 3 * 4 * engineMemory.wasm.overhead;
    const weights = total.weightBytes + total.gradientBytes + total.slotBytes + total.statisticsBytes;
    // Every row rounds up to a byte.
    expect(Math.abs(sum('weightBytes') - weights)).toBeLessThan(5 * table.length);
    expect(Math.abs(sum('activationBytes') + input - total.activationBytes)).toBeLessThan(table.length);
    expect(Math.max(...table.map(({ workspaceBytes }) => workspaceBytes))).toBe(total.workspaceBytes);
  });

  it('doubles its activations with the batch and leaves the weights alone', () => {
    const graph = expand(resolveNetwork('mbconv-tiny'));
    const [once, twice] = [predictMemory(graph, options), predictMemory(graph, { ...options, batch: 16 })];
    expect(twice.activationBytes / once.activationBytes).toBeCloseTo(2, 4);
    expect(twice.weightBytes).toBe(once.weightBytes);
  });
});

describe('the meter', () => {
  it.each(['efficientnet-b0', 'mobilenetv1', 'resnet18', 'resnet50', 'vgg16', 'mbconv-tiny'])(
    '%s: measures scaled networks as the whole graph does',
    (name) => {
      const baseline = resolveNetwork(name);
      const meter = new NetworkMeter(baseline, options);
      const multiplier = fc.double({ min: 0.7, max: 2, noNaN: true });
      fc.assert(
        fc.property(multiplier, multiplier, multiplier, (depth, width, resolution) => {
          const scaled = scaleArchitecture(
            baseline,
            { depth, width, resolution },
            { rounding: 'nearest', resolutionMultiple: 1 },
          );
          const { stages, classifier, resolutionPx } = scaled;
          const measured = meter.measure({
            repeats: stages.map(({ repeats }) => repeats),
            widths: stages.map((stage) => stage.width),
            hidden: classifier.hidden,
            resolutionPx,
          });
          const graph = expand(scaled);
          expect(measured.cost).toEqual(graphCost(graph));
          expect(Math.abs(measured.peakBytes - predictMemory(graph, options).peakBytes)).toBeLessThanOrEqual(8);
        }),
        { numRuns: 15 },
      );
    },
  );

  it('tells apart networks with and without stochastic depth and dropout', () => {
    const baseline = resolveNetwork('efficientnet-b0');
    const dimensions = {
      repeats: baseline.stages.map(({ repeats }) => repeats),
      widths: baseline.stages.map(({ width }) => width),
      hidden: [],
      resolutionPx: 224,
    };
    for (const regularisation of [
      { dropout: 0, stochasticDepth: 0 },
      { dropout: 0.2, stochasticDepth: 0.2 },
    ]) {
      const network = withDimensions(baseline, dimensions, regularisation);
      const { peakBytes } = new NetworkMeter(network, options).measure(dimensions);
      expect(Math.abs(peakBytes - predictMemory(expand(network), options).peakBytes)).toBeLessThanOrEqual(8);
    }
  });

  it('has no room for a footprint without a network', () => {
    const nothing = { params: 0, statistics: 0, kept: 0, workspace: 0 };
    expect(memoryOf(nothing, [0, 0, 0], options).peakBytes).toBe(engineMemory.wasm.fixedBytes);
  });
});
