import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from '../../../search/base/parse.js';
import { applyLimits, removedSentence } from '../../../search/cost/limits.js';
import { experimentSchema, type GridSpec } from '../../../search/plan/experiment.js';
import { enumerateGrid, rangeValues } from '../../../search/plan/grid.js';
import { type Multipliers, multipliers, nominalProduct } from '../../../search/scaling/coefficients.js';
import { retargetPhi } from '../../../search/scaling/retarget.js';
import { seriesTargets } from '../../../search/scaling/series.js';

const grid = (fields: object = {}): GridSpec => parse(experimentSchema.shape.grid, fields, 'grid');

describe('ranges', () => {
  it('hold both ends, and the decimals that a person would write', () => {
    expect(rangeValues({ from: 1, to: 1.3, step: 0.05 })).toEqual([1, 1.05, 1.1, 1.15, 1.2, 1.25, 1.3]);
    expect(rangeValues({ from: 0.7, to: 0.7, step: 0.1 })).toEqual([0.7]);
    expect(rangeValues({ from: 1, to: 2, step: 0.001 })).toHaveLength(1001);
    expect(rangeValues({ from: 1, to: 2, step: 0.001 }).every((value) => String(value).length <= 5)).toBe(true);
  });

  it('end where they say, also where the step is a decimal cut short', () => {
    expect(rangeValues({ from: 1, to: 2, step: 0.3333333 })).toEqual([1, 1.3333333, 1.6666666, 2]);
    expect(rangeValues({ from: 1.123456789012345, to: 2.123456789012345, step: 0.5 })).toEqual([
      1.123456789012345, 1.62345678901, 2.123456789012345,
    ]);
  });

  it('whose end is off the grid, or before its start, are refused', () => {
    expect(() => grid({ alpha: { from: 1, to: 2, step: 0.3 } })).toThrow(
      'grid.alpha: expected to = from + a whole number of steps, got {"from":1,"to":2,"step":0.3}',
    );
    expect(() => grid({ gamma: { from: 2, to: 1, step: 0.5 } })).toThrow('grid.gamma: expected from ≤ to');
  });
});

describe('the grid', () => {
  it("of the paper has 108 points, the paper's own among them", () => {
    const points = enumerateGrid(grid());
    expect(points).toHaveLength(108);
    expect(points).toContainEqual({ alpha: 1.2, beta: 1.1, gamma: 1.15, phi: 1 });
    expect(new Set(points.map((point) => JSON.stringify(point))).size).toBe(108);
  });

  it('compares doubles: α = 1.9 alone is just outside of 2 ± 0.1', () => {
    const has = (tolerance: number) =>
      enumerateGrid(grid({ tolerance })).some(({ alpha, beta, gamma }) => alpha === 1.9 && beta === 1 && gamma === 1);
    expect([has(0.1), has(0.1 + 1e-15)]).toEqual([false, true]);
  });

  it('keeps every combination within the tolerance and no other', () => {
    const range = { from: 0.8, to: 1.6, step: 0.1 };
    const spec = grid({ alpha: range, beta: range, gamma: range, product: 1.5, tolerance: 0.2 });
    const kept = enumerateGrid(spec).map((point) => nominalProduct(point));
    let expected = 0;
    for (const alpha of rangeValues(range))
      for (const beta of rangeValues(range))
        for (const gamma of rangeValues(range))
          if (Math.abs(nominalProduct({ alpha, beta, gamma }) - 1.5) <= 0.2) expected++;
    expect(kept).toHaveLength(expected);
    expect(kept.every((product) => product >= 1.3 && product <= 1.7)).toBe(true);
  });

  it('without a point says which one came nearest', () => {
    const range = { from: 1, to: 1.2, step: 0.1 };
    expect(() => enumerateGrid(grid({ alpha: range, beta: range, gamma: range, product: 3 }))).toThrow(
      'grid: expected a point with |α·β²·γ² − 3| ≤ 0.1, got none; the nearest of 27 is α 1.2, β 1.2, γ 1.2 with 2.48832',
    );
  });

  it('that would not fit into memory is refused before it is made', () => {
    const range = { from: 1, to: 2, step: 0.0001 };
    expect(() => enumerateGrid(grid({ alpha: range, beta: range, gamma: range }))).toThrow(
      'grid: expected at most 20000000 combinations, got 1000300030001',
    );
  });
});

describe('limits', () => {
  const network = (macs: number, peakBytes = 1) => ({ cost: { macs, params: 10 * macs, activations: 1 }, peakBytes });

  it('count what each removed and by how much it missed', () => {
    const networks = [network(90), network(100), network(110), network(150, 1000)];
    const { kept, removed } = applyLimits(networks, (n) => n, { macs: 100, memoryBytes: 500 }, 50);
    expect(kept).toEqual(networks.slice(0, 2));
    expect(removed).toEqual([
      { limit: 'macs', max: 100, points: 2, overBy: { min: 1.1, max: 1.5 } },
      { limit: 'memoryBytes', max: 500, points: 1, overBy: { min: 2, max: 2 } },
    ]);
    expect(removed.map(removedSentence)).toEqual([
      'macs ≤ 100 removed 2 points, over by ×1.10 to ×1.50',
      'memoryBytes ≤ 500 removed 1 point, over by ×2.00',
    ]);
  });

  it.each([
    ['macs', 100],
    ['params', 1000],
    ['activations', 1],
    ['costRatio', 2],
    ['memoryBytes', 1],
  ])('%s: a network at the limit stays, one just over it goes', (limit, max) => {
    const { kept } = applyLimits([network(100)], (n) => n, { [limit]: max }, 50);
    expect(kept).toHaveLength(1);
    expect(() => applyLimits([network(100)], (n) => n, { [limit]: max * 0.999 }, 50)).toThrow(limit);
  });

  it('that leave nothing say what each would have to be', () => {
    expect(() => applyLimits([network(100), network(130)], (n) => n, { macs: 99.99, params: 500 }, 50)).toThrow(
      'limits: expected to leave a point, got none of 2: macs ≤ 99.99 removed 2 points, over by ×1.0001000 to ×1.30; ' +
        'params ≤ 500 removed 2 points, over by ×2.00 to ×2.60',
    );
  });
});

describe('retargeting', () => {
  /** Cost without rounding, and with rounding to stairs of 10 %. */
  const smooth = ({ depth, width, resolution }: Multipliers) => depth * width ** 2 * resolution ** 2;
  const stairs = (by: Multipliers) => 1.1 ** Math.round(Math.log(smooth(by)) / Math.log(1.1));
  const above1 = fc.double({ min: 1.02, max: 2, noNaN: true });
  const direction = fc.record({ alpha: above1, beta: above1, gamma: above1 });
  const target = fc.double({ min: 0.25, max: 8, noNaN: true });

  it('meets the target exactly where nothing is rounded', () => {
    fc.assert(
      fc.property(direction, target, (coefficients, ratio) => {
        const phi = retargetPhi(coefficients, ratio, smooth);
        expect(phi).toBeCloseTo(Math.log(ratio) / Math.log(nominalProduct(coefficients)), 3);
        expect(phi).toBe(Number(phi?.toFixed(4)));
      }),
    );
  });

  it('takes the nearest stair where it is: never further off than half a stair', () => {
    fc.assert(
      fc.property(direction, target, (coefficients, ratio) => {
        const phi = retargetPhi(coefficients, ratio, stairs) ?? Number.NaN;
        const realised = stairs(multipliers({ ...coefficients, phi }));
        expect(Math.abs(Math.log(realised / ratio))).toBeLessThanOrEqual(Math.log(1.1) / 2 + 1e-9);
      }),
    );
  });

  it('goes the other way where the product is below 1', () => {
    expect(retargetPhi({ alpha: 0.5, beta: 1, gamma: 1 }, 2, smooth)).toBe(-1);
    expect(retargetPhi({ alpha: 0.5, beta: 1, gamma: 1 }, 0.25, smooth)).toBe(2);
  });

  it('gives up on a direction that leads nowhere', () => {
    expect(retargetPhi({ alpha: 1, beta: 1, gamma: 1 }, 2, smooth)).toBeUndefined();
    expect(retargetPhi({ alpha: 1.0001, beta: 1, gamma: 1 }, 2, smooth)).toBeUndefined();
    expect(retargetPhi({ alpha: 2, beta: 1, gamma: 1 }, 2, () => 1)).toBeUndefined();
    expect(retargetPhi({ alpha: 2, beta: 1, gamma: 1 }, 2, () => 3)).toBeUndefined();
  });

  it('a series is compared at the least, the median and the largest cost', () => {
    expect(seriesTargets([3, 1.5, 2, 2.5, 9])).toEqual([1.5, 2.5, 9]);
    expect(seriesTargets([2, 2])).toEqual([2]);
  });
});
