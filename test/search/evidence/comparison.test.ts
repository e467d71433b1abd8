import { describe, expect, it } from 'vitest';
import { compareChoice } from '../../../search/evidence/comparison.js';
import { estimates } from '../../../search/evidence/estimate.js';
import { candidate } from './candidates.js';

const noise = { sd: 0.01, degreesOfFreedom: 20, basis: 'replicates' } as const;
const candidates = [
  candidate({ id: 'base', role: 'baseline', accuracies: [0.6] }),
  candidate({ id: 'chosen', accuracies: [0.72, 0.7, 0.71, 0.71] }),
  candidate({ id: 'narrow', role: 'width', accuracies: [0.69] }),
  candidate({ id: 'wide', role: 'width', accuracies: [0.7] }),
  candidate({ id: 'deep', role: 'depth', accuracies: [0.73, 0.73] }),
];
const found = (corrected: Parameters<typeof compareChoice>[2] = null, chosen = 'chosen') =>
  compareChoice(candidates, estimates(candidates, noise), corrected, chosen);

describe('the choice against what it was to beat', () => {
  it('is compared with the best of each series and with the baseline', () => {
    expect(found().map(({ role, networkId }) => `${role} ${networkId}`)).toEqual([
      'depth deep',
      'width wide',
      'baseline base',
    ]);
    const [depth, width, baseline] = found();
    expect(depth!.difference).toBeCloseTo(-0.02, 10);
    expect(width!.difference).toBeCloseTo(0.01, 10);
    expect(baseline!.difference).toBeCloseTo(0.11, 10);
    // 0.01 · √(1/4 + 1/2) and 0.01 · √(1/4 + 1).
    expect(depth!.standardError).toBeCloseTo(0.01 * Math.sqrt(0.75), 10);
    expect(width!.standardError).toBeCloseTo(0.01 * Math.sqrt(1.25), 10);
  });

  it('is compared at equal cost where cost varies, but for the baseline', () => {
    const corrected = new Map([
      ['chosen', { accuracy: 0.7, standardError: 0.003 }],
      ['narrow', { accuracy: 0.75, standardError: 0.004 }],
      ['wide', { accuracy: 0.66, standardError: 0.004 }],
      ['deep', { accuracy: 0.71, standardError: 0.004 }],
      ['base', { accuracy: 0.9, standardError: 0.004 }],
    ]);
    const [depth, width, baseline] = found(corrected);
    expect(depth).toMatchObject({ networkId: 'deep', atTargetCost: true });
    expect(width).toMatchObject({ networkId: 'narrow', atTargetCost: true });
    expect(width!.difference).toBeCloseTo(-0.05, 10);
    expect(width!.standardError).toBeCloseTo(0.005, 10);
    expect(baseline).toMatchObject({ atTargetCost: false });
    expect(baseline!.difference).toBeCloseTo(0.11, 10);
  });

  it('may be one of them itself, and is nothing without a choice', () => {
    expect(found(null, 'deep')[0]).toMatchObject({ role: 'depth', networkId: 'deep', isChoice: true, difference: 0 });
    expect(compareChoice(candidates, estimates(candidates, noise), null, null)).toEqual([]);
  });

  it('has no error while the noise is unknown', () => {
    const unknown = estimates(candidates, { sd: null, degreesOfFreedom: 0, basis: 'unknown' });
    expect(compareChoice(candidates, unknown, null, 'chosen')[0]?.standardError).toBeNull();
  });
});
