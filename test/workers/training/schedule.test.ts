import { describe, expect, it } from 'vitest';
import { learningRateAt } from '../../../workers/training/schedule.js';

const recipe = { learningRate: 0.4, warmupEpochs: 1, epochs: 5 };

describe('the learning rate', () => {
  it('rises linearly over the warm-up and then falls along half a cosine', () => {
    const rates = Array.from({ length: 50 }, (_, step) => learningRateAt(step, 10, recipe));
    rates.slice(0, 10).forEach((rate, step) => {
      expect(rate).toBeCloseTo(0.04 * (step + 1), 12);
    });
    expect(rates[10]).toBe(0.4);
    expect(rates[30]).toBeCloseTo(0.2, 12);
    expect(rates[20]).toBeCloseTo(0.2 * (1 + Math.SQRT1_2), 12);
    for (let step = 11; step < 50; step++) expect(rates[step]).toBeLessThan(rates[step - 1] as number);
    expect(rates[49]).toBeGreaterThan(0);
    expect(rates[49]).toBeLessThan(0.001);
  });

  it('starts at the peak without a warm-up, and only rises when the warm-up is the whole training', () => {
    expect(learningRateAt(0, 10, { ...recipe, warmupEpochs: 0 })).toBe(0.4);
    const all = { ...recipe, warmupEpochs: 9 };
    expect(learningRateAt(24, 10, all)).toBeCloseTo(0.2, 12);
    expect(learningRateAt(49, 10, all)).toBeCloseTo(0.4, 12);
  });

  it('takes parts of epochs as warm-up', () => {
    const half = { ...recipe, warmupEpochs: 0.5 };
    expect(learningRateAt(4, 10, half)).toBeCloseTo(0.4, 12);
    expect(learningRateAt(1, 10, half)).toBeCloseTo(0.16, 12);
  });
});
