import { describe, expect, it } from 'vitest';
import { fitTraining } from '../../search/fit.js';
import { expand } from '../../search/graph.js';
import { type MemoryOptions, predictMemory } from '../../search/memory.js';
import { resolveNetwork } from '../../search/presets.js';

const graph = expand(resolveNetwork('efficientnet-b0'));
const options: MemoryOptions = { batch: 32, optimizer: 'sgd', average: false, engine: 'wasm' };
const peakWith = (saving: Partial<MemoryOptions>): number => predictMemory(graph, { ...options, ...saving }).peakBytes;

describe('the least saving with which a training fits', () => {
  it('is none where there is room', () => {
    expect(fitTraining(graph, options, peakWith({}))).toEqual({
      recompute: false,
      microBatches: 1,
      peakBytes: peakWith({}),
    });
  });

  it('is re-computation first', () => {
    expect(fitTraining(graph, options, peakWith({}) - 1)).toMatchObject({ recompute: true, microBatches: 1 });
  });

  it('is then also the fewest micro-batches', () => {
    const limit = peakWith({ recompute: true, microBatches: 4 });
    expect(fitTraining(graph, options, limit)).toEqual({ recompute: true, microBatches: 4, peakBytes: limit });
    expect(fitTraining(graph, options, limit - 1).microBatches).toBe(8);
  });

  it('is at least what was asked for', () => {
    const asked = { recompute: false, microBatches: 2 };
    expect(fitTraining(graph, options, peakWith({}), asked)).toMatchObject(asked);
  });

  it('is told of when there is none', () => {
    expect(() => fitTraining(graph, options, 1000)).toThrow(
      /^network: expected a training of at most 1000 bytes, got one of \d+ with one image at a time$/,
    );
  });
});
