import { describe, expect, it } from 'vitest';
import { previewPlan } from '../../../../search/plan/forecast/preview.js';
import { workPerImage } from '../../../../search/plan/forecast/work.js';
import { smallPlan } from '../../../support/small-plan.js';

const plan = smallPlan({ depths: 4, replicates: 1, seedBudget: 2, epochs: 3 });
const works = plan.networks.map(({ cost }) => workPerImage(cost));
const at = (workers: number) => previewPlan(plan, { images: 50, workPerSecond: 1000, workers });
const total = works.reduce((sum, work) => sum + work, 0) * 50 * 3;

describe('the forecast of a plan', () => {
  it('is work times images times epochs at the speed of a worker', () => {
    expect(at(1).workerMs).toBeCloseTo(total, 6);
    expect(at(1).wallMs).toBeCloseTo(total, 6);
    expect(at(1).longestMs).toBeCloseTo(Math.max(...works) * 150, 6);
    expect(at(1).shortestMs).toBeCloseTo(Math.min(...works) * 150, 6);
  });

  it('with more workers ends sooner and costs the same', () => {
    expect(at(2).workerMs).toBeCloseTo(at(1).workerMs, 6);
    expect(at(2).wallMs).toBeGreaterThanOrEqual(total / 2);
    expect(at(100).wallMs).toBeCloseTo(at(1).longestMs, 6);
  });

  it('says what the seed budget may add, and has nothing to say of one that is not there', () => {
    expect(at(1).seedsMs).toBeCloseTo((2 * total) / 4, 6);
    expect(previewPlan(smallPlan({ seedBudget: 0 }), { images: 1, workPerSecond: 1, workers: 1 }).seedsMs).toBe(0);
  });
});
