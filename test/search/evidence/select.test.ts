import { describe, expect, it } from 'vitest';
import type { Candidate } from '../../../search/evidence/candidate.js';
import { select } from '../../../search/evidence/select.js';

function candidate(
  networkId: string,
  accuracies: number[],
  activations = 100,
  role: 'grid' | 'baseline' = 'grid',
): Candidate {
  const point = { alpha: 1.2, beta: 1.1, gamma: 1.15, phi: 1, role, nominal: 2, realised: 2, networkId };
  return {
    networkId,
    cost: { macs: 1000, params: 10, activations },
    peakBytes: 1,
    points: [point],
    accuracies,
    curves: [],
    missing: accuracies.length === 0 ? ['diverged at epoch 3'] : [],
  };
}

describe('select', () => {
  it('keeps apart what is far apart and ties what is near, and chooses the fewest activations', () => {
    const selection = select(
      [
        candidate('a', [0.8, 0.802, 0.798], 300),
        candidate('b', [0.801, 0.799, 0.799], 200),
        candidate('c', [0.7, 0.702, 0.698], 100),
      ],
      { targetMacs: 1000 },
    );
    expect(selection.best).toBe('a');
    expect(selection.tieSet).toEqual(['a', 'b']);
    expect(selection.choice).toMatchObject({ networkId: 'b', rule: 'fewest-activations' });
    expect(selection.rejected.map(({ networkId }) => networkId)).toEqual(['c']);
  });

  it('ties everything, and says so, while the seed noise is unknown', () => {
    const selection = select([candidate('a', [0.9]), candidate('b', [0.1])], { targetMacs: 1000 });
    expect(selection.tieSet).toEqual(['a', 'b']);
    expect(selection.noise).toEqual({ sd: null, degreesOfFreedom: 0, basis: 'unknown' });
    expect(selection.advice.join(' ')).toContain('Seed noise unknown');
  });

  it('falls back to the binomial standard error of the validation split', () => {
    const { noise, tieSet } = select([candidate('a', [0.9]), candidate('b', [0.1])], {
      targetMacs: 1000,
      validationImages: 100,
    });
    expect(noise.basis).toBe('assumed');
    expect(noise.sd).toBeCloseTo(0.05, 10);
    expect(tieSet).toEqual(['a']);
  });

  it('never chooses the baseline, and gives a reason for a network without a result', () => {
    const selection = select(
      [candidate('base', [0.99, 0.99], 1, 'baseline'), candidate('a', [0.8, 0.81]), candidate('b', [])],
      { targetMacs: 1000 },
    );
    expect(selection.choice?.networkId).toBe('a');
    expect(selection.estimates.map(({ networkId }) => networkId)).toEqual(['base', 'a']);
    expect(selection.rejected).toEqual([{ networkId: 'b', reason: 'no finished trial: diverged at epoch 3' }]);
  });

  it('has no choice before the first result', () => {
    expect(select([candidate('a', [])], { targetMacs: 1 })).toMatchObject({ best: null, choice: null, tieSet: [] });
  });
});
