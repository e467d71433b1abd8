import { describe, expect, it } from 'vitest';
import { compareFamily, compareInWords } from '../../../../experiments/handover/family/compare.js';
import type { FamilyRecord, FamilyRow } from '../../../../experiments/handover/family/record.js';
import type { FamilyRule } from '../../../../search/evidence/family.js';

const row = (rule: FamilyRule, phi: number, macs: number) =>
  ({ rule, phi, networkId: `${rule} ${phi}`, cost: { macs } }) as unknown as FamilyRow;
const family = {
  rows: [
    row('compound', 0, 100),
    row('compound', 1, 200),
    row('depth', 1, 190),
    row('width', 1, 210),
    row('fast', 1, 200),
  ],
} as unknown as FamilyRecord;
const accuracies = (means: Readonly<Record<string, number>>) =>
  new Map(Object.entries(means).map(([id, mean]) => [id, { mean, seeds: 4, half: null }]));
/** Of 4 seeds each and a known standard deviation of one point. */
const noise = { basis: 'replicates', sd: 0.01, degreesOfFreedom: 1e6 } as const;

describe('a trained family', () => {
  const trained = accuracies({ 'compound 1': 0.8, 'depth 1': 0.76, 'width 1': 0.79, 'fast 1': 0.81 });
  const comparisons = compareFamily(family, trained, noise);

  it('is compared with each rival at its own φ, with the interval of a difference of two means', () => {
    expect(comparisons.map(({ rival, phi }) => `${rival} ${phi}`)).toEqual(['depth 1', 'width 1', 'fast 1']);
    const [depth] = comparisons;
    expect(depth?.difference).toBeCloseTo(0.04, 12);
    expect(depth?.costRatio).toBeCloseTo(200 / 190, 12);
    // 1.96 · 0.01 · √(1/4 + 1/4)
    expect(depth?.interval?.[0]).toBeCloseTo(0.04 - 0.013859, 5);
    expect(depth?.interval?.[1]).toBeCloseTo(0.04 + 0.013859, 5);
  });

  it('is put beside the best single dimension in words, and the fast rule is none', () => {
    expect(compareInWords(comparisons)).toEqual([
      'φ = 1: compound +1.00 points against width alone, the best single dimension, at ×0.95 of its macs, 95 % interval −0.39 to +2.39. The difference is within the noise.',
    ]);
    const worse = compareFamily(family, accuracies({ 'compound 1': 0.7, 'depth 1': 0.8 }), noise);
    expect(compareInWords(worse)[0]).toContain('Depth alone is better.');
    const better = compareFamily(family, accuracies({ 'compound 1': 0.9, 'depth 1': 0.8 }), noise);
    expect(compareInWords(better)[0]).toContain('Compound scaling is better.');
  });

  it('claims nothing while the noise is unknown', () => {
    const unknown = { basis: 'unknown', sd: null, degreesOfFreedom: 0 } as const;
    const [sentence] = compareInWords(compareFamily(family, trained, unknown));
    expect(sentence).toContain('noise unknown: train more seeds');
    expect(sentence).not.toContain('better');
  });

  it('leaves out what has no result', () => {
    expect(compareFamily(family, accuracies({ 'compound 1': 0.8 }), noise)).toEqual([]);
    expect(compareFamily(family, accuracies({ 'depth 1': 0.8 }), noise)).toEqual([]);
  });
});
