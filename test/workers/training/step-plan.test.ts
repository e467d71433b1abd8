import { describe, expect, it } from 'vitest';
import { memoryOptions, predictMemory } from '../../../search/cost/memory-model.js';
import { expand } from '../../../search/network/graph.js';
import { resolveNetwork } from '../../../search/network/presets.js';
import { recipeSchema } from '../../../search/plan/recipe.js';
import { plainSteps } from '../../../workers/engine/engine.js';
import { chooseStepPlan, type Machine, type StepPlanWishes, stepPlanKey } from '../../../workers/training/step-plan.js';

const graph = expand(resolveNetwork('efficientnet-b0-small'));
const recipe = recipeSchema.parse({ batch: 32 });
const wasm = { name: 'wasm', capabilities: { shards: true } } as const;
const tensorflow = { name: 'tensorflow', capabilities: { shards: false } } as const;
const nothing: StepPlanWishes = { shards: null, microBatches: null, recompute: false };
const machine = (fields: Partial<Machine> = {}): Machine => ({ cores: 2, memoryBytes: 64e9, ...fields });
const choose = (wishes: Partial<StepPlanWishes> = {}, own = machine(), batch = 32) =>
  chooseStepPlan(graph, { ...recipe, batch }, wasm, { ...nothing, ...wishes }, own);

describe('the step plan of a training', () => {
  it('is one thread per core, and says so', () => {
    const { stepPlan, notes } = choose();
    expect(stepPlan).toEqual({ ...plainSteps, shards: 2 });
    expect(notes).toEqual([expect.stringMatching(/split over 2 threads.*batch norm/)]);
  });

  it('gives every thread eight images, unless a number of threads is asked for', () => {
    expect(choose({}, machine({ cores: 64 })).stepPlan.shards).toBe(4);
    expect(choose({}, machine({ cores: 64 }), 4).stepPlan.shards).toBe(1);
    expect(choose({ shards: 3 }, machine({ cores: 64 }), 4).stepPlan.shards).toBe(3);
  });

  it('gives threads nothing to share where exchanging the gradients of many weights takes as long as the images of a share', () => {
    const manyWeights = expand({ ...resolveNetwork('resnet18'), resolutionPx: 32 });
    const shardsOf = (batch: number) =>
      chooseStepPlan(manyWeights, { ...recipe, batch }, wasm, nothing, machine()).stepPlan.shards;
    expect([32, 128].map(shardsOf)).toEqual([1, 2]);
  });

  it('is one thread on engines that cannot be split', () => {
    const { stepPlan, notes } = chooseStepPlan(graph, recipe, tensorflow, { ...nothing, shards: 2 }, machine());
    expect(stepPlan).toEqual(plainSteps);
    expect(notes).toEqual([]);
  });

  it('saves memory where the machine has too little, and says how', () => {
    const { peakBytes } = predictMemory(graph, memoryOptions(recipe, 'wasm'));
    const alone = (memoryBytes: number) => choose({ shards: 1 }, machine({ memoryBytes }));
    expect(alone(peakBytes).stepPlan).toEqual(plainSteps);
    const tight = alone(peakBytes - 1);
    expect(tight.stepPlan).toEqual({ ...plainSteps, recompute: true });
    expect(tight.notes).toEqual([expect.stringMatching(/not fit into memory.*computed once more/)]);
    expect(tight.predictedPeakBytes).toBeLessThan(peakBytes);
    const tighter = alone(tight.predictedPeakBytes - 1);
    expect(tighter.stepPlan).toEqual({ shards: 1, recompute: true, microBatches: 2 });
    expect(tighter.notes[1]).toMatch(/not fit into memory.*in 2 parts/);
  });

  it('keeps within the heap of WebAssembly, whatever memory the machine has', () => {
    const large = expand({ ...resolveNetwork('efficientnet-b0'), resolutionPx: 448 });
    const { stepPlan } = chooseStepPlan(large, recipe, wasm, { ...nothing, shards: 1 }, machine());
    expect(stepPlan.recompute).toBe(true);
    expect(() =>
      chooseStepPlan(expand(resolveNetwork('efficientnet-l2')), recipe, wasm, { ...nothing, shards: 1 }, machine()),
    ).toThrow(/^network: expected a training of at most 3200000000 bytes, got one of \d+ with blocks .* in 32 parts$/);
  });

  it('is part of what a training is known by where it changes its numbers', () => {
    expect(stepPlanKey(plainSteps)).toEqual({});
    expect(stepPlanKey({ ...plainSteps, recompute: true })).toEqual({});
    expect(stepPlanKey({ ...plainSteps, shards: 2 })).toEqual({ shards: 2, microBatches: 1 });
  });
});
