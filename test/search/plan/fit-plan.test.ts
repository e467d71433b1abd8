import { describe, expect, it } from 'vitest';
import { resolveNetwork } from '../../../search/network/presets.js';
import { parseExperiment } from '../../../search/plan/experiment.js';
import { extendPlan } from '../../../search/plan/extension.js';
import { fitPlan, misfits } from '../../../search/plan/fit-plan.js';
import { makePlan, type Plan } from '../../../search/plan/plan.js';
import { planSummary } from '../../../search/plan/plan-summary.js';
import { trialPlanner } from '../../../search/plan/trials.js';

const baseline = resolveNetwork('mbconv-tiny');
const range = (to: number) => ({ from: 1, to, step: 1 });

function planOf(fields: object = {}): Plan {
  const spec = parseExperiment({
    name: 'fits',
    question: 'Which of them fit?',
    baseline: 'mbconv-tiny',
    data: { source: 'shapes' },
    grid: { alpha: range(3), beta: range(1), gamma: range(2), product: 1, tolerance: 1024 },
    scaling: { rounding: 'nearest' },
    singleDimension: false,
    training: { batch: 64 },
    ...fields,
  });
  return makePlan(spec, baseline);
}

const plain = planOf();
const peaks = plain.networks.map(({ peakBytes }) => peakBytes);
const at = (memoryBytes: number) => ({ engine: 'wasm', memoryBytes }) as const;

describe('a plan within the memory of a machine', () => {
  it('stays as it is where all of it fits', () => {
    const machine = at(Math.max(...peaks));
    expect(fitPlan(plain, machine)).toEqual({ ...plain, machine });
    expect(planSummary(fitPlan(plain, machine)).savings).toEqual([]);
  });

  it('recomputes where that is enough, and is known by the same hash', () => {
    const fitted = fitPlan(plain, at(Math.max(...peaks) - 1));
    expect(fitted).toMatchObject({ hash: plain.hash, trials: plain.trials, warnings: plain.warnings });
    const [saving, ...others] = planSummary(fitted).savings;
    expect(others).toEqual([]);
    expect(saving).toMatchObject({ recompute: true, microBatches: 1, slowdown: 4 / 3 });
    expect(saving?.peakBytes).toBeLessThan(Math.max(...peaks));
  });

  it('is predicted anew for the engine of another machine than it was fitted to', () => {
    const memoryBytes = Math.max(...peaks) - 1;
    const elsewhere = fitPlan(plain, { engine: 'tensorflow', memoryBytes: 1e12 });
    expect(elsewhere.networks.map(({ peakBytes }) => peakBytes)).not.toEqual(peaks);
    expect(fitPlan(elsewhere, at(memoryBytes))).toEqual(fitPlan(plain, at(memoryBytes)));
    expect(fitPlan(elsewhere, at(memoryBytes * 2)).networks).toEqual(plain.networks);
  });

  it('makes other trials of what trains in micro-batches, and of nothing else', () => {
    const fitted = fitPlan(plain, at(32e6));
    const parted = new Set(fitted.networks.filter(({ saving }) => saving.microBatches > 1).map(({ id }) => id));
    expect(parted.size).toBeGreaterThan(0);
    expect(parted.size).toBeLessThan(plain.networks.length);
    expect(fitted.hash).not.toBe(plain.hash);
    const known = new Set(plain.trials.map(({ id }) => id));
    for (const { id, networkId } of fitted.trials) expect(known.has(id)).toBe(!parted.has(networkId));
    expect(fitted.networks.every(({ peakBytes }) => peakBytes <= 32e6)).toBe(true);
    // Seeds that are added later are trials of the same training.
    const later = trialPlanner(fitted.spec, fitted.networks);
    for (const trial of fitted.trials) expect(later(trial.networkId, trial.replicate)).toEqual(trial);
    expect(fitPlan(fitted, at(Math.max(...peaks))).hash).toBe(fitted.hash);
  });

  it('tells what fits nowhere, with the least that it needs', () => {
    const fitted = fitPlan(plain, at(3.2e6));
    const none = misfits(fitted, 3.2e6);
    expect(none.map(({ network }) => network.network.stages.map(({ repeats }) => repeats)[2])).toEqual([6]);
    expect(none[0]?.least.saving).toEqual({ recompute: true, microBatches: 64 });
    expect(none[0]?.least.peakBytes).toBeGreaterThan(3.2e6);
  });

  it('is extended for the same machine, with what was begun as it was', () => {
    const fitted = fitPlan(plain, at(32e6));
    const extended = extendPlan(fitted, { replicates: 2 });
    const held = new Set(extended.trials.map(({ id }) => id));
    expect(fitted.trials.every(({ id }) => held.has(id))).toBe(true);
    expect(extended.machine).toEqual(fitted.machine);
  });
});

describe('a limit on memory', () => {
  const memoryBytes = 32e6;

  it('keeps the points whose networks fit with what training may save', () => {
    const limited = planOf({ limits: { memoryBytes } });
    expect(limited.points).toEqual(plain.points);
    expect(limited.removed).toEqual([]);
    expect(limited.networks).toEqual(fitPlan(plain, at(memoryBytes)).networks);
  });

  it('is on the plain figure where nothing may be saved, and on the recomputed one where that may', () => {
    const pointsWith = (memorySaving: string): number =>
      planOf({ limits: { memoryBytes }, memorySaving }).points.length;
    expect(pointsWith('none')).toBe(1 + peaks.filter((peak) => peak <= memoryBytes).length);
    expect(pointsWith('recompute')).toBeGreaterThan(pointsWith('none'));
    expect(pointsWith('recompute')).toBeLessThan(plain.points.length);
  });

  it('changes nothing of a plan that is within it', () => {
    const within = planOf({ limits: { memoryBytes: Math.max(...peaks) } });
    expect(within.networks).toEqual(plain.networks);
    expect(within.trials).toEqual(plain.trials);
  });

  it('says what was tried where it leaves nothing', () => {
    const message = (memorySaving: string): RegExp => {
      const tried =
        memorySaving === 'none' ? '' : ' with blocks computed once more in the backward pass and one image at a time';
      return new RegExp(`^limits: .* memoryBytes ≤ 1000 removed 6 points, over by ×.* to ×[\\d.e+]+${tried}$`);
    };
    for (const memorySaving of ['none', 'micro-batches'])
      expect(() => planOf({ limits: { memoryBytes: 1000 }, memorySaving })).toThrow(message(memorySaving));
  });
});
