import { describe, expect, it } from 'vitest';
import { lossTick, percentTick, setCoefficientTicks, setLogTicks } from '../../../dashboard/page/charts/axes.js';

const ticks = (...values: number[]) => values.map((value) => ({ value }));

describe('the ticks of an axis', () => {
  it('have as many decimals as the one that needs most', () => {
    const all = ticks(0.5, 0.505, 0.51);
    expect(all.map(({ value }, i) => percentTick(value, i, all))).toEqual(['50.0 %', '50.5 %', '51.0 %']);
    const whole = ticks(1, 2, 3);
    expect(whole.map(({ value }, i) => lossTick(value, i, whole))).toEqual(['1', '2', '3']);
  });

  it('of a logarithmic axis are round, rise, lie within it and have room for their labels', () => {
    for (const [min, max] of [
      [1e6, 1e9],
      [3.2e8, 4.1e8],
      [17, 2300],
    ] as const) {
      const scale = { min, max, chart: { width: 600 }, ticks: ticks() };
      setLogTicks(scale);
      const values = scale.ticks.map(({ value }) => value);
      expect(values.length).toBeGreaterThan(1);
      expect(Math.min(...values)).toBeGreaterThanOrEqual(min);
      expect(Math.max(...values)).toBeLessThanOrEqual(max);
      const gaps = values.slice(1).map((value, i) => (600 * Math.log10(value / values[i]!)) / Math.log10(max / min));
      for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(60);
    }
  });

  it('of a logarithmic axis stay as they were where no value is positive', () => {
    const scale = { min: 0, max: 10, chart: { width: 600 }, ticks: ticks(1, 2) };
    setLogTicks(scale);
    expect(scale.ticks).toEqual(ticks(1, 2));
  });

  it('of coefficients are multiples of a round step, fewer where there is less room', () => {
    const wide = { min: 1, max: 2, width: 800, ticks: ticks() };
    const narrow = { ...wide, width: 120 };
    setCoefficientTicks(wide);
    setCoefficientTicks(narrow);
    expect(wide.ticks.length).toBeGreaterThan(narrow.ticks.length);
    expect(narrow.ticks).toEqual(ticks(1, 1.5, 2));
    const steps = wide.ticks.slice(1).map(({ value }, i) => Number((value - wide.ticks[i]!.value).toFixed(6)));
    expect(new Set(steps)).toEqual(new Set([0.05]));
  });
});
