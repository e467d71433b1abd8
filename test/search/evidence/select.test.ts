import { describe, expect, it } from 'vitest';
import { select } from '../../../search/evidence/select.js';
import { candidate } from './candidates.js';

const at = { targetMacs: 1000, product: 2 };

describe('select', () => {
  it('keeps apart what is far apart, ties what is near, and takes fewer activations where accuracy is negligibly lower', () => {
    const selection = select(
      [
        candidate({ id: 'a', accuracies: [0.8, 0.802, 0.798], activations: 300 }),
        candidate({ id: 'b', accuracies: [0.802, 0.8, 0.7979], activations: 200 }),
        candidate({ id: 'c', accuracies: [0.7, 0.702, 0.698], activations: 100 }),
      ],
      { ...at, rule: 'fewest-activations' },
    );
    expect(selection.best).toBe('a');
    expect(selection.tieSet).toEqual(['a', 'b']);
    expect(selection.choice).toMatchObject({ networkId: 'b', rule: 'fewest-activations' });
    expect(selection.rejected.map(({ networkId }) => networkId)).toEqual(['c']);
  });

  it('ties everything, and says so, while the seed noise is unknown', () => {
    const selection = select(
      [candidate({ id: 'a', accuracies: [0.9] }), candidate({ id: 'b', accuracies: [0.1] })],
      at,
    );
    expect(selection.tieSet).toEqual(['a', 'b']);
    expect(selection.noise).toEqual({ sd: null, degreesOfFreedom: 0, basis: 'unknown' });
    expect(selection.advice.join(' ')).toContain('Seed noise unknown');
  });

  it('says what the validation split alone would make of the noise, and tells nothing apart by it', () => {
    const { noise, tieSet } = select(
      [candidate({ id: 'a', accuracies: [0.9] }), candidate({ id: 'b', accuracies: [0.1] })],
      { ...at, validationImages: 100 },
    );
    expect(noise.basis).toBe('assumed');
    expect(noise.sd).toBeCloseTo(0.05, 10);
    expect(tieSet).toEqual(['a', 'b']);
  });

  it('never chooses the baseline, and gives a reason for a network without a result', () => {
    const selection = select(
      [
        candidate({ id: 'base', accuracies: [0.99, 0.99], activations: 1, role: 'baseline' }),
        candidate({ id: 'a', accuracies: [0.8, 0.81] }),
        candidate({ id: 'b', accuracies: [null] }),
      ],
      at,
    );
    expect(selection.choice?.networkId).toBe('a');
    expect(selection.estimates.map(({ networkId }) => networkId)).toEqual(['base', 'a']);
    expect(selection.rejected).toEqual([{ networkId: 'b', reason: 'no finished trial: diverged at epoch 3' }]);
  });

  it('corrects what costs more or less to the target, but not the baseline, which costs less by intent', () => {
    const { estimates } = select(
      [
        candidate({ id: 'base', accuracies: [0.6, 0.61], macs: 500, role: 'baseline' }),
        candidate({ id: 'a', accuracies: [0.7, 0.71], macs: 900 }),
        candidate({ id: 'b', accuracies: [0.75, 0.74], macs: 1000 }),
        candidate({ id: 'c', accuracies: [0.8, 0.79], macs: 1100 }),
      ],
      at,
    );
    const corrected = new Map(estimates.map(({ networkId, atTargetCost }) => [networkId, atTargetCost]));
    expect(corrected.get('base')).toBeNull();
    expect(corrected.get('b')?.accuracy).toBeCloseTo(0.745, 10);
    expect(corrected.get('c')?.accuracy).toBeLessThan(0.795);
    expect(corrected.get('a')?.accuracy).toBeGreaterThan(0.705);
  });

  it('has no choice before the first result', () => {
    expect(select([candidate({ id: 'a', accuracies: [] })], at)).toMatchObject({
      best: null,
      choice: null,
      tieSet: [],
    });
  });
});
