import { describe, expect, it } from 'vitest';
import { Random } from '../../../search/base/random.js';
import { equalCost } from '../../../search/evidence/equal-cost.js';
import { estimates } from '../../../search/evidence/estimate.js';
import { leastSquares } from '../../../search/evidence/least-squares.js';
import type { SeedNoise } from '../../../search/evidence/noise.js';
import { doublingsOf, sharesOf } from '../../../search/evidence/shares.js';
import { candidate } from './candidates.js';
import { gridCandidates, gridMultipliers } from './grid.js';

const unknown: SeedNoise = { sd: null, degreesOfFreedom: 0, basis: 'unknown' };
const points = gridMultipliers();
const targetMacs = 8e8;
/** Costs as rounding leaves them: between ×1.9 and ×3.3 of the baseline whatever the point. */
const random = new Random(2);
const costs = points.map(() => 4e8 * (1.9 + 1.4 * random.uniform()));

function withCosts(accuracy: (doublings: number, i: number) => number) {
  return gridCandidates(points, () => [0]).map((each, i) => {
    const macs = costs[i] as number;
    const [trial] = candidate({
      id: each.networkId,
      accuracies: [accuracy(Math.log2(macs / targetMacs), i)],
    }).trials;
    return { ...each, cost: { ...each.cost, macs }, trials: trial ? [trial] : [] };
  });
}

describe('accuracy at equal cost', () => {
  it.each([
    ['in a line', (x: number) => 0.7 + 0.021 * x],
    ['bent', (x: number) => 0.7 + 0.021 * x - 0.004 * x * x],
    ['against cost', (x: number) => 0.7 - 0.01 * x],
  ])('is equal within 1e-6 where accuracy depends on log macs alone, %s', (_, law) => {
    const candidates = withCosts(law);
    const slope = equalCost(candidates, estimates(candidates, unknown), targetMacs, null);
    const corrected = [...(slope?.corrected.values() ?? [])];
    expect(corrected).toHaveLength(points.length);
    for (const { accuracy } of corrected) expect(Math.abs(accuracy - law(0))).toBeLessThan(1e-6);
  });

  it('does not take a better split of compute for the price of accuracy', () => {
    // Deep networks are both dearer and better here: macs alone would be credited with what depth does.
    const candidates = gridCandidates(points, () => [0]).map((each) => {
      const { depth, width, resolution } = sharesOf(each.multipliers);
      const macs = 8e8 * 2 ** (0.5 * depth + 0.3 * random.uniform());
      const distance2 = (depth - 0.8) ** 2 + (width - 0.1) ** 2 + (resolution - 0.1) ** 2;
      const bowl = 0.05 * doublingsOf(each.multipliers) ** 2 * distance2;
      const accuracies = [0.7 + 0.02 * Math.log2(macs / targetMacs) - bowl];
      return { ...each, cost: { ...each.cost, macs }, trials: candidate({ id: each.networkId, accuracies }).trials };
    });
    const all = estimates(candidates, unknown);
    const slope = equalCost(candidates, all, targetMacs, null);
    expect(Math.abs((slope?.perDoubling ?? 0) - 0.02)).toBeLessThan(0.003);
    const alone = leastSquares(
      candidates.map(({ cost }) => [1, Math.log2(cost.macs / targetMacs)]),
      all.map(({ mean }) => mean),
      all.map(() => 1),
    );
    expect(alone?.coefficients[1]).toBeGreaterThan(0.06);
  });

  it('has a standard error that covers the slope and the corrected values in 95 %', () => {
    const spread = { noiseSd: 0.004, ownSd: 0.003, surfaceSd: 0 };
    const runs = 200;
    let slopes = 0;
    let values = 0;
    for (let run = 0; run < runs; run++) {
      const noise = new Random(run);
      const own = points.map(() => 0.003 * noise.normal());
      const candidates = withCosts((x, i) => 0.7 + 0.02 * x + (own[i] as number) + 0.004 * noise.normal());
      const slope = equalCost(candidates, estimates(candidates, unknown), targetMacs, spread);
      if (!slope) throw new Error('no slope');
      slopes += Number(Math.abs(slope.perDoubling - 0.02) < 1.96 * slope.standardError);
      const i = run % points.length;
      const { accuracy, standardError } = slope.corrected.get(`n${i}`) as { accuracy: number; standardError: number };
      values += Number(Math.abs(accuracy - 0.7 - (own[i] as number)) < 1.96 * standardError);
    }
    // 95 % less and more three binomial standard deviations of 200 runs.
    for (const share of [slopes / runs, values / runs]) {
      expect(share).toBeGreaterThan(0.9);
      expect(share).toBeLessThan(1);
    }
  });

  it('is not there while cost does not vary, and stays away from a baseline that is far below', () => {
    const equal = gridCandidates(points, () => [0.7]).map((each) => ({ ...each, cost: { ...each.cost, macs: 8e8 } }));
    expect(equalCost(equal, estimates(equal, unknown), targetMacs, null)).toBeNull();
    const candidates = [
      ...withCosts((x) => 0.7 + 0.02 * x),
      candidate({ id: 'baseline', accuracies: [0.1], role: 'baseline', macs: 4e8 }),
    ];
    const slope = equalCost(candidates, estimates(candidates, unknown), targetMacs, null);
    expect(slope?.perDoubling).toBeCloseTo(0.02, 9);
    expect(slope?.corrected.get('baseline')?.accuracy).toBeCloseTo(0.12, 9);
  });
});
