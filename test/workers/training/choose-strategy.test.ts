import { describe, expect, it } from 'vitest';
import { memoryOptions, predictMemory } from '../../../search/cost/memory-model.js';
import { expand } from '../../../search/network/graph.js';
import { resolveNetwork } from '../../../search/network/presets.js';
import { recipeSchema } from '../../../search/plan/recipe.js';
import { chooseStrategy, type Machine, type StrategyWishes } from '../../../workers/training/choose-strategy.js';
import { plainStrategy, strategyKey } from '../../../workers/training/strategy.js';

const graph = expand(resolveNetwork('efficientnet-b0-small'));
const recipe = recipeSchema.parse({ batch: 32 });
const nothing: StrategyWishes = { shards: null, microBatches: null, recompute: false };
const machine = (fields: Partial<Machine> = {}): Machine => ({ cores: 2, memoryBytes: 64e9, ...fields });
const choose = (wishes: Partial<StrategyWishes> = {}, own = machine(), batch = 32) =>
  chooseStrategy(graph, { ...recipe, batch }, 'wasm', { ...nothing, ...wishes }, own);

describe('the strategy of a training', () => {
  it('is one thread per core, and says so', () => {
    const { strategy, notes } = choose();
    expect(strategy).toEqual({ ...plainStrategy, shards: 2 });
    expect(notes).toEqual([expect.stringMatching(/split over 2 threads.*batch norm/)]);
  });

  it('gives every thread eight images, unless a number of threads is asked for', () => {
    expect(choose({}, machine({ cores: 64 })).strategy.shards).toBe(4);
    expect(choose({}, machine({ cores: 64 }), 4).strategy.shards).toBe(1);
    expect(choose({ shards: 3 }, machine({ cores: 64 }), 4).strategy.shards).toBe(3);
  });

  it('gives threads nothing to share where exchanging the gradients of many weights takes as long as the images of a share', () => {
    const manyWeights = expand({ ...resolveNetwork('resnet18'), resolutionPx: 32 });
    const shardsOf = (batch: number) =>
      chooseStrategy(manyWeights, { ...recipe, batch }, 'wasm', nothing, machine()).strategy.shards;
    expect([32, 128].map(shardsOf)).toEqual([1, 2]);
  });

  it('is one thread on engines that use the machine by themselves', () => {
    const { strategy, notes } = chooseStrategy(graph, recipe, 'tensorflow', { ...nothing, shards: 2 }, machine());
    expect(strategy).toEqual(plainStrategy);
    expect(notes).toEqual([]);
  });

  it('saves memory where the machine has too little, and says how', () => {
    const { peakBytes } = predictMemory(graph, memoryOptions(recipe, 'wasm'));
    const alone = (memoryBytes: number) => choose({ shards: 1 }, machine({ memoryBytes }));
    expect(alone(peakBytes).strategy).toEqual(plainStrategy);
    const tight = alone(peakBytes - 1);
    expect(tight.strategy).toEqual({ ...plainStrategy, recompute: true });
    expect(tight.notes).toEqual([expect.stringMatching(/not fit into memory.*computed once more/)]);
    expect(tight.predictedPeakBytes).toBeLessThan(peakBytes);
    const tighter = alone(tight.predictedPeakBytes - 1);
    expect(tighter.strategy).toEqual({ shards: 1, recompute: true, microBatches: 2 });
    expect(tighter.notes[1]).toMatch(/not fit into memory.*in 2 parts/);
  });

  it('keeps within the heap of WebAssembly, whatever memory the machine has', () => {
    const large = expand({ ...resolveNetwork('efficientnet-b0'), resolutionPx: 448 });
    const { strategy } = chooseStrategy(large, recipe, 'wasm', { ...nothing, shards: 1 }, machine());
    expect(strategy.recompute).toBe(true);
    expect(() =>
      chooseStrategy(expand(resolveNetwork('efficientnet-l2')), recipe, 'wasm', { ...nothing, shards: 1 }, machine()),
    ).toThrow(/^network: expected a training of at most 3200000000 bytes, got one of \d+ with blocks .* in 32 parts$/);
  });

  it('is part of what a training is known by where it changes its numbers', () => {
    expect(strategyKey(plainStrategy)).toEqual({});
    expect(strategyKey({ ...plainStrategy, recompute: true })).toEqual({});
    expect(strategyKey({ ...plainStrategy, shards: 2 })).toEqual({ shards: 2, microBatches: 1 });
  });
});
