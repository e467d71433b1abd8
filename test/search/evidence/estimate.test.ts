import { describe, expect, it } from 'vitest';
import { fQuantile, fTail, normalCdf, tQuantile } from '../../../search/evidence/distributions.js';
import { estimates } from '../../../search/evidence/estimate.js';
import { seedNoise } from '../../../search/evidence/noise.js';
import { candidate } from './candidates.js';

describe('distributions', () => {
  // Printed tables: Student's t, Fisher's F, the normal distribution.
  it('equal printed tables to their last digit', () => {
    expect(tQuantile(0.975, 1)).toBeCloseTo(12.706, 3);
    expect(tQuantile(0.975, 10)).toBeCloseTo(2.228, 3);
    expect(tQuantile(0.95, 30)).toBeCloseTo(1.697, 3);
    expect(tQuantile(0.975, Number.POSITIVE_INFINITY)).toBeCloseTo(1.96, 3);
    expect(fQuantile(0.95, 2, 60)).toBeCloseTo(3.15, 2);
    expect(fTail(3.15, 2, 60)).toBeCloseTo(0.05, 3);
    expect(normalCdf(1.96)).toBeCloseTo(0.975, 3);
  });
});

describe('seed noise', () => {
  it('is pooled over networks', () => {
    // Squares 2, 0.5 and none on 2, 1 and 0 degrees of freedom.
    const noise = seedNoise([
      candidate({ id: 'a', accuracies: [0.1, 0.2, 0.3] }),
      candidate({ id: 'b', accuracies: [0.5, 0.6] }),
      candidate({ id: 'c', accuracies: [0.9] }),
    ]);
    expect(noise).toMatchObject({ degreesOfFreedom: 3, basis: 'replicates' });
    expect(noise.sd).toBeCloseTo(Math.sqrt(0.025 / 3), 12);
  });

  it('is shrunk towards the binomial variance while replicates are few', () => {
    const few = [candidate({ id: 'a', accuracies: [0.49, 0.51] })];
    const { sd, degreesOfFreedom, basis } = seedNoise(few, 100);
    // p = ½ on 100 images: variance 0.0025 for four degrees of freedom, squares 0.0002 on one.
    expect(sd).toBeCloseTo(Math.sqrt((4 * 0.0025 + 0.0002) / 5), 9);
    expect([degreesOfFreedom, basis]).toEqual([5, 'shrunk']);
  });

  it('stands on replicates alone once there are enough', () => {
    const many = Array.from({ length: 12 }, (_, i) => candidate({ id: `${i}`, accuracies: [0.49, 0.51] }));
    const { sd, basis } = seedNoise(many, 100);
    expect(sd).toBeCloseTo(Math.sqrt(0.0002), 12);
    expect(basis).toBe('replicates');
  });

  it('is never assumed to be nothing, whatever the accuracy', () => {
    expect(seedNoise([candidate({ id: 'a', accuracies: [1] })], 100).sd).toBeGreaterThan(0);
  });
});

describe('estimates', () => {
  it('have a t interval from the pooled noise, also with one seed', () => {
    const candidates = [
      candidate({ id: 'a', accuracies: [0.1, 0.2, 0.3] }),
      candidate({ id: 'b', accuracies: [0.5] }),
      candidate({ id: 'c', accuracies: [null] }),
    ];
    const noise = seedNoise(candidates);
    const [a, b, ...none] = estimates(candidates, noise);
    expect(none).toEqual([]);
    expect(a).toMatchObject({ networkId: 'a', n: 3 });
    expect(a?.mean).toBeCloseTo(0.2, 12);
    expect(a?.ownSd).toBeCloseTo(0.1, 12);
    expect(b).toMatchObject({ n: 1, ownSd: null });
    // 4.303 is Student's t at 97.5 % with two degrees of freedom.
    expect(b?.interval?.[1]).toBeCloseTo(0.5 + 4.303 * 0.1, 3);
    expect(a?.interval?.[0]).toBeCloseTo(0.2 - (4.303 * 0.1) / Math.sqrt(3), 3);
  });

  it('have no interval while the noise is unknown', () => {
    const candidates = [candidate({ id: 'a', accuracies: [0.4] })];
    expect(estimates(candidates, seedNoise(candidates))).toEqual([
      { networkId: 'a', mean: 0.4, n: 1, ownSd: null, standardError: null, interval: null },
    ]);
  });
});
