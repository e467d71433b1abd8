import { describe, expect, it } from 'vitest';
import { type MemoryOptions, predictMemory } from '../../../search/cost/memory-model.js';
import { type Budget, fitTraining, leastSaving, noSaving, type Saving } from '../../../search/cost/saving.js';
import { expand } from '../../../search/network/graph.js';
import { resolveNetwork } from '../../../search/network/presets.js';

const graph = expand(resolveNetwork('efficientnet-b0'));
const options: MemoryOptions = { batch: 32, optimizer: 'sgd', average: false, engine: 'wasm' };
const peakWith = (saving: Partial<MemoryOptions>): number => predictMemory(graph, { ...options, ...saving }).peakBytes;
const fitted = (limitBytes: number, budget: Partial<Budget> = {}) =>
  fitTraining(graph, options, { limitBytes, ...budget });

describe('the least saving with which a training fits', () => {
  it('is none where there is room', () => {
    expect(fitted(peakWith({}))).toEqual({ saving: noSaving, peakBytes: peakWith({}) });
  });

  it('is re-computation first', () => {
    expect(fitted(peakWith({}) - 1).saving).toEqual({ recompute: true, microBatches: 1 });
  });

  it('is then also the fewest micro-batches', () => {
    const limit = peakWith({ recompute: true, microBatches: 4 });
    expect(fitted(limit)).toEqual({ saving: { recompute: true, microBatches: 4 }, peakBytes: limit });
    expect(fitted(limit - 1).saving.microBatches).toBe(8);
  });

  it('is at least what was asked for', () => {
    const asked = { recompute: false, microBatches: 2 };
    expect(fitted(peakWith({}), { asked }).saving).toEqual(asked);
  });

  it('is micro-batches alone where as few of them are enough without re-computation', () => {
    const peakOf = ({ recompute, microBatches }: Saving): number => (recompute ? 90 : 100) / microBatches;
    const budget = { limitBytes: 50 };
    expect(leastSaving(peakOf, 32, budget)).toEqual({ saving: { recompute: false, microBatches: 2 }, peakBytes: 50 });
    expect(leastSaving(peakOf, 32, { limitBytes: 45 }).saving).toEqual({ recompute: true, microBatches: 2 });
    const asked = { recompute: true, microBatches: 1 };
    expect(leastSaving(peakOf, 32, { ...budget, asked }).saving).toEqual({ recompute: true, microBatches: 2 });
  });

  it('goes no further than it is allowed to, and is told of when there is none', () => {
    expect(() => fitted(1000, { allowed: 'none' })).toThrow(
      /^network: expected a training of at most 1000 bytes, got one of \d+$/,
    );
    expect(() => fitted(1000, { allowed: 'recompute' })).toThrow(
      /got one of \d+ with blocks computed once more in the backward pass$/,
    );
    expect(() => fitted(1000)).toThrow(
      /got one of \d+ with blocks computed once more in the backward pass and each batch in 32 parts$/,
    );
  });
});
