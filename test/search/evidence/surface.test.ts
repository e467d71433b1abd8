import { describe, expect, it } from 'vitest';
import { Random } from '../../../search/base/random.js';
import { candidatesOf, isSearched } from '../../../search/evidence/candidate.js';
import { estimates } from '../../../search/evidence/estimate.js';
import type { SeedNoise } from '../../../search/evidence/noise.js';
import { coefficientsAt, doublingsOf, type Shares, sharesOf } from '../../../search/evidence/shares.js';
import { fitSurface, inOptimumRegion, optimumRegion, surfaceAt } from '../../../search/evidence/surface.js';
import type { Multipliers } from '../../../search/scaling/coefficients.js';
import { realisedMultipliers } from '../../../search/scaling/realised-multipliers.js';
import { expectedAccuracy } from '../../../search/simulation/model.js';
import { simulationSchema } from '../../../search/simulation/simulation.js';
import { gridCandidates, gridMultipliers, paperPlan } from './grid.js';

const unknown: SeedNoise = { sd: null, degreesOfFreedom: 0, basis: 'unknown' };
const options = { targetMacs: 8e8, product: 2, spread: null };
const planted = sharesOf({ depth: 1.2, width: 1.1, resolution: 1.15 });

function distance2(a: Shares, b: Shares): number {
  return (a.depth - b.depth) ** 2 + (a.width - b.width) ** 2 + (a.resolution - b.resolution) ** 2;
}

function bowl(optimum: Shares, noise: number, seed: number, points: readonly Multipliers[]) {
  const random = new Random(seed);
  const candidates = gridCandidates(points, (multipliers, macs) => [
    0.7 +
      0.02 * Math.log2(macs / options.targetMacs) -
      0.05 * doublingsOf(multipliers) ** 2 * distance2(sharesOf(multipliers), optimum) +
      noise * random.normal(),
  ]);
  const surface = fitSurface(candidates, estimates(candidates, unknown), options);
  if (!surface) throw new Error('no surface');
  return surface;
}

describe('shares', () => {
  it('add up to 1, whatever φ, and lead back to the coefficients', () => {
    const at = (phi: number) => sharesOf({ depth: 1.2 ** phi, width: 1.1 ** phi, resolution: 1.15 ** phi });
    expect(planted.depth + planted.width + planted.resolution).toBeCloseTo(1, 12);
    expect(at(3).width).toBeCloseTo(planted.width, 12);
    expect(at(-1).depth).toBeCloseTo(planted.depth, 12);
    const { alpha, beta, gamma } = coefficientsAt(planted, 1.2 * 1.1 ** 2 * 1.15 ** 2);
    expect([alpha, beta, gamma].map((c) => Number(c.toFixed(9)))).toEqual([1.2, 1.1, 1.15]);
    expect(sharesOf({ depth: 1, width: 1, resolution: 1 })).toEqual({ depth: 1 / 3, width: 1 / 3, resolution: 1 / 3 });
  });
});

describe('the response surface', () => {
  const points = gridMultipliers();

  it('finds a planted optimum exactly where there is no noise', () => {
    const { optimum, explained, residuals } = bowl(planted, 0, 1, points);
    expect(Math.sqrt(distance2(optimum.shares, planted))).toBeLessThan(1e-6);
    expect(optimum.accuracy).toBeCloseTo(0.7, 9);
    expect(optimum.edge).toEqual([]);
    expect(explained).toBeCloseTo(1, 9);
    expect(Math.max(...[...residuals.values()].map(Math.abs))).toBeLessThan(1e-9);
  });

  it('has a planted (1.2, 1.1, 1.15) with noise 0.3 points in its 95 % region in at least 90 % of 300 runs', () => {
    const inside = Array.from({ length: 300 }, (_, run) => inOptimumRegion(bowl(planted, 0.003, run, points), planted));
    expect(inside.filter(Boolean).length).toBeGreaterThanOrEqual(270);
  });

  it('has it there too where every point is rounded to a network of EfficientNet-B0', () => {
    const plan = paperPlan();
    const spec = simulationSchema.parse({});
    const exact = plan.networks.map(({ id, network, cost, peakBytes }) => {
      const multipliers = realisedMultipliers(plan.baseline, network);
      const costRatio = cost.macs / plan.baselineCost.macs;
      return { id, accuracy: expectedAccuracy({ spec, costRatio, multipliers, params: cost.params, peakBytes }, id) };
    });
    const runs = 100;
    let inside = 0;
    for (let run = 0; run < runs; run++) {
      const random = new Random(run);
      const trials = exact.map(({ id, accuracy }) => {
        const measured = accuracy + 0.003 * random.normal();
        return { networkId: id, replicate: 0, state: 'completed' as const, accuracy: measured, curve: [] };
      });
      const candidates = candidatesOf(plan, trials).filter(isSearched);
      const targetMacs = 2 * plan.baselineCost.macs;
      const surface = fitSurface(candidates, estimates(candidates, unknown), { ...options, targetMacs });
      if (surface && inOptimumRegion(surface, planted)) inside++;
    }
    expect(inside).toBeGreaterThanOrEqual(90);
  });

  it('draws a region around the optimum that shrinks with the noise', () => {
    const [rough, fine] = [0.003, 0.001].map((noise) => bowl(planted, noise, 4, points));
    const sizes = [rough, fine].map((surface) => optimumRegion(surface as NonNullable<typeof rough>).length);
    expect(sizes[0]).toBeGreaterThan(sizes[1] as number);
    expect(sizes[1]).toBeGreaterThan(0);
  });

  it('says by which coefficient an optimum outside the grid is to be looked for', () => {
    const narrow = gridMultipliers({
      gamma: { from: 1, to: 1.15, step: 0.05 },
      alpha: { from: 1, to: 2, step: 0.05 },
    });
    const outside = sharesOf({ depth: 1.05, width: 1.05, resolution: 1.33 });
    const found = Array.from({ length: 50 }, (_, run) => bowl(outside, 0.003, run, narrow).optimum.edge);
    const raised = found.filter((edge) =>
      edge.some(({ dimension, side, coefficient }) => {
        return dimension === 'resolution' && side === 'most' && Math.abs(coefficient - 1.15) < 1e-9;
      }),
    );
    expect(raised.length).toBeGreaterThanOrEqual(45);
  });

  it('predicts with a standard error, and further away in cost with a larger one', () => {
    const surface = bowl(planted, 0.003, 1, points);
    const here = surfaceAt(surface, planted);
    const dearer = surfaceAt(surface, planted, 2);
    expect(Math.abs(here.value - 0.7)).toBeLessThan(4 * here.standardError);
    expect(dearer.standardError).toBeGreaterThan(here.standardError);
  });

  it('is not fitted to too few networks, nor to networks of one kind', () => {
    const few = gridCandidates(points.slice(0, 8), () => [0.7]);
    expect(fitSurface(few, estimates(few, unknown), options)).toBeNull();
    const same = gridCandidates(
      Array.from({ length: 20 }, () => points[0] as Multipliers),
      (_m, _c, i) => [0.7 + i / 1e3],
    );
    expect(fitSurface(same, estimates(same, unknown), options)).toBeNull();
  });
});
