import { describe, expect, it } from 'vitest';
import { Random } from '../../../search/base/random.js';
import type { Candidate } from '../../../search/evidence/candidate.js';
import { seedNoise } from '../../../search/evidence/noise.js';
import { posterior, probabilityBest } from '../../../search/evidence/posterior.js';
import { tieSet } from '../../../search/evidence/tie-set.js';
import { gridCandidates, gridMultipliers } from './grid.js';

const points = gridMultipliers().filter((_, i) => i % 3 === 0);

/** Three seeds each; true accuracies spread by `spread` points, seeds by 0.4. */
function independent(spread: number, seed = 1): { candidates: Candidate[]; truth: number[] } {
  const random = new Random(seed);
  const truth = points.map(() => 0.7 + (spread / 100) * random.normal());
  const candidates = gridCandidates(points, (_m, _c, i) =>
    [1, 2, 3].map(() => (truth[i] as number) + 0.004 * random.normal()),
  );
  return { candidates, truth };
}

function believe(candidates: readonly Candidate[]) {
  const believed = posterior(candidates, seedNoise(candidates));
  if (!believed) throw new Error('no posterior');
  return believed;
}

describe('the posterior', () => {
  it('finds the planted noise and spread', () => {
    const found = [1, 2, 3, 4, 5, 6].map((seed) => believe(independent(0.5, seed).candidates).spread);
    const mean = (pick: (spread: (typeof found)[number]) => number) =>
      found.reduce((sum, spread) => sum + pick(spread), 0) / found.length;
    expect(Math.abs(mean(({ noiseSd }) => noiseSd) - 0.004)).toBeLessThan(0.0005);
    expect(Math.abs(mean(({ betweenSd }) => betweenSd) - 0.005)).toBeLessThan(0.001);
  });

  it('is nearer to the truth than the means are, and covers it as often as it says', () => {
    let own = 0;
    let shrunk = 0;
    let covered = 0;
    const runs = 20;
    for (let seed = 1; seed <= runs; seed++) {
      const { candidates, truth } = independent(0.3, seed);
      const { mean, sd } = believe(candidates);
      candidates.forEach(({ trials }, i) => {
        const seeds = trials.map((trial) => (trial.state === 'completed' ? trial.accuracy : 0));
        own += (seeds.reduce((sum, x) => sum + x, 0) / seeds.length - (truth[i] as number)) ** 2;
        shrunk += ((mean[i] as number) - (truth[i] as number)) ** 2;
        covered += Number(Math.abs((mean[i] as number) - (truth[i] as number)) < 1.96 * (sd[i] as number));
      });
    }
    expect(shrunk).toBeLessThan(own);
    // 95 % less three binomial standard deviations of 20 · 36 candidates.
    expect(covered / (runs * points.length)).toBeGreaterThan(
      0.95 - 3 * Math.sqrt((0.95 * 0.05) / (runs * points.length)),
    );
  });

  it('lets neighbours speak for each other where the truth is smooth', () => {
    const random = new Random(4);
    const smooth = gridCandidates(points, ({ depth }) =>
      [1, 2].map(() => 0.7 + 0.02 * Math.log2(depth) + 0.004 * random.normal()),
    );
    const { spread } = believe(smooth);
    expect(spread.surfaceSd).toBeGreaterThan(spread.ownSd);
  });

  it('gives probabilities that add up to 1, and equal ones to candidates that are equal', () => {
    const equal = gridCandidates(points.slice(0, 4), () => [0.698, 0.7, 0.702]);
    const probability = probabilityBest(believe(equal));
    expect(probability.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
    for (const p of probability) expect(Math.abs(p - 0.25)).toBeLessThan(0.1);
  });
});

describe('the tie set', () => {
  it('holds 95 % of the probability and no more members than that needs', () => {
    const { candidates } = independent(0.5);
    const believed = believe(candidates);
    const { members, rejected, probabilityBest: probability } = tieSet(candidates, believed);
    const of = (id: string) => probability.get(id) as number;
    const held = members.reduce((sum, id) => sum + of(id), 0);
    expect(held).toBeGreaterThanOrEqual(0.95);
    expect(held - of(members.at(-1) as string)).toBeLessThan(0.95);
    expect(members.map(of)).toEqual(members.map(of).toSorted((a, b) => b - a));
    expect(members.length + rejected.length).toBe(candidates.length);
    for (const { reason } of rejected) expect(reason).toMatch(/points below the best; the best with probability/);
  });

  it('does not depend on the order of the candidates', () => {
    const { candidates } = independent(0.5);
    const there = tieSet(candidates, believe(candidates)).members;
    const back = candidates.toReversed();
    const again = tieSet(back, believe(back)).members;
    // Draws fall on other candidates then, which can move the last member in or out.
    expect(again[0]).toBe(there[0]);
    expect(Math.abs(again.length - there.length)).toBeLessThanOrEqual(1);
  });

  it('holds everyone while the seed noise is unknown', () => {
    const once = gridCandidates(points, (_m, _c, i) => [0.7 + i / 1000]);
    const { members, rejected, test } = tieSet(once, posterior(once, seedNoise(once)));
    expect(members).toHaveLength(points.length);
    expect(rejected).toEqual([]);
    expect(test).toContain('seed noise unknown');
  });
});
