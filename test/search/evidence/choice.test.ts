import { describe, expect, it } from 'vitest';
import { InputError } from '../../../search/base/errors.js';
import { type ChoiceContext, choose } from '../../../search/evidence/choice.js';
import { candidate } from './candidates.js';

const context: ChoiceContext = {
  targetMacs: 1000,
  optimum: { depth: 0, width: 0, resolution: 1 },
  negligible: 0.001,
};
const contenders = [
  { accuracy: 0.8, candidate: candidate({ id: 'best', accuracies: [0.8], macs: 1200, activations: 300 }) },
  { accuracy: 0.7995, candidate: candidate({ id: 'near', accuracies: [0.7995], macs: 1300, activations: 200 }) },
  {
    accuracy: 0.78,
    candidate: candidate({ id: 'far', accuracies: [0.78], macs: 600, activations: 100, alpha: 1, beta: 1, gamma: 1.4 }),
  },
];
const chosenBy = (rule: string, changes: Partial<ChoiceContext> = {}) =>
  choose(contenders, rule, { ...context, ...changes })?.networkId;

describe('the choice', () => {
  it.each([
    ['fewest-activations', 'near'],
    ['fewest-macs', 'best'],
    ['highest-mean', 'best'],
    ['fitted-optimum', 'far'],
    // 0.8 · 1.2^-0.07 = 0.7899, 0.7995 · 1.3^-0.07 = 0.7849, 0.78 · 0.6^-0.07 = 0.8084.
    ['objective', 'far'],
  ])('by %s is %s', (rule, networkId) => {
    expect(chosenBy(rule)).toBe(networkId);
  });

  it('takes the smallest of the whole tie set when no loss of accuracy is too much', () => {
    expect(chosenBy('fewest-activations', { negligible: Number.POSITIVE_INFINITY })).toBe('far');
    expect(chosenBy('fewest-activations', { negligible: 0 })).toBe('best');
  });

  it('falls back to the highest accuracy where no surface could be fitted', () => {
    expect(chosenBy('fitted-optimum', { optimum: null })).toBe('best');
  });

  it('says among how many it chose', () => {
    expect(choose(contenders, 'fewest-activations', context)?.reason).toBe(
      'fewest activations among 2 of negligibly different accuracy, of 3 that cannot be told apart',
    );
    expect(choose(contenders.slice(0, 1), 'fewest-macs', context)?.reason).toBe('the only candidate left');
    expect(choose([], 'fewest-macs', context)).toBeNull();
  });

  it('refuses an unknown rule, with the legal ones', () => {
    expect(() => chosenBy('fewest-activation')).toThrow(InputError);
    expect(() => chosenBy('fewest-activation')).toThrow(/fewest-activations/);
  });
});
