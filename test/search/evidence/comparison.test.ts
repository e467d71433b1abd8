import { describe, expect, it } from 'vitest';
import { compareChoice } from '../../../search/evidence/comparison.js';
import { fitMerit } from '../../../search/evidence/merit.js';
import { seedNoise } from '../../../search/evidence/noise.js';
import { candidate } from './candidates.js';

const four = (mean: number) => [mean - 0.003, mean + 0.003, mean - 0.001, mean + 0.001];
const candidates = [
  candidate({ id: 'base', role: 'baseline', alpha: 1, beta: 1, gamma: 1, macs: 500, accuracies: four(0.66) }),
  candidate({ id: 'chosen', accuracies: four(0.71) }),
  candidate({ id: 'other', alpha: 1.4, beta: 1.1, gamma: 1.05, accuracies: four(0.7) }),
  candidate({ id: 'narrow', role: 'width', alpha: 1, beta: 1.35, gamma: 1, macs: 900, accuracies: four(0.69) }),
  candidate({ id: 'wide', role: 'width', alpha: 1, beta: 1.41, gamma: 1, accuracies: four(0.7) }),
  candidate({ id: 'deep', role: 'depth', alpha: 2, beta: 1, gamma: 1, accuracies: four(0.73) }),
];
const merit = fitMerit(candidates, seedNoise(candidates), 1000);
const found = (chosen = 'chosen') => compareChoice(candidates, merit, chosen);

describe('the choice against what it was to beat', () => {
  it('is compared with the best of each series and with the baseline at equal cost', () => {
    expect(found().map(({ role }) => role)).toEqual(['depth', 'width', 'baseline']);
    const [depth, width] = found();
    expect(depth).toMatchObject({ networkId: 'deep', isChoice: false });
    expect(Math.abs(depth!.difference - -0.02)).toBeLessThan(0.004);
    expect(Math.abs(width!.difference - 0.01)).toBeLessThan(0.006);
  });

  it('has an interval that holds the difference and shrinks with seeds', () => {
    for (const { difference, interval, standardError } of found()) {
      expect(interval[0]).toBeLessThan(difference);
      expect(interval[1]).toBeGreaterThan(difference);
      expect(standardError).toBeGreaterThan(0);
    }
    const more = candidates.map((each) => ({
      ...each,
      trials: [...each.trials, ...each.trials, ...each.trials, ...each.trials].map((trial, replicate) => ({
        ...trial,
        replicate,
      })),
    }));
    const width = ({ interval }: { interval: readonly [number, number] }) => interval[1] - interval[0];
    const [narrow] = compareChoice(more, fitMerit(more, seedNoise(more), 1000), 'chosen');
    expect(width(narrow!)).toBeLessThan(0.7 * width(found()[0]!));
  });

  it('may be one of them itself, and is nothing without a choice or while the noise is unknown', () => {
    expect(found('deep')[0]).toMatchObject({ role: 'depth', networkId: 'deep', isChoice: true, difference: 0 });
    expect(compareChoice(candidates, merit, null)).toEqual([]);
    expect(compareChoice(candidates, null, 'chosen')).toEqual([]);
  });
});
