import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from '../../../search/base/parse.js';
import {
  accuracyAt,
  expectedAccuracy,
  faultOf,
  finalAccuracy,
  type SimulatedTrial,
} from '../../../search/simulation/model.js';
import { simulationSchema } from '../../../search/simulation/simulation.js';

const spec = (fields: object = {}) => parse(simulationSchema, fields, 'simulation');

/** A network that spends `product` in the shares of (α, β, γ), with no rounding. */
const at = (alpha: number, beta: number, gamma: number, fields: object = {}): SimulatedTrial => ({
  spec: spec({ seedNoise: 0, ...fields }),
  costRatio: alpha * beta ** 2 * gamma ** 2,
  multipliers: { depth: alpha, width: beta, resolution: gamma },
  params: 1000,
  peakBytes: 1e6,
});
const run = { networkId: 'n', seed: 1, classes: 12, epochs: 10 };

describe('the surface', () => {
  it('gives the baseline the base accuracy', () => {
    expect(expectedAccuracy(at(1, 1, 1), 'n')).toBeCloseTo(0.7, 12);
  });

  it('adds perDoubling per doubling of cost along the optimum, at any φ', () => {
    for (const phi of [-1, 0.5, 1, 2, 3]) {
      const trial = at(1.2 ** phi, 1.1 ** phi, 1.15 ** phi);
      expect(expectedAccuracy(trial, 'n')).toBeCloseTo(0.7 + 0.02 * Math.log2(trial.costRatio), 12);
    }
  });

  it('is highest at the optimum among networks of equal cost', () => {
    const best = expectedAccuracy(at(1.2, 1.1, 1.15), 'n');
    const cost = 1.2 * 1.1 ** 2 * 1.15 ** 2;
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 2, noNaN: true }),
        fc.double({ min: 1, max: 2, noNaN: true }),
        (alpha, beta) => {
          const gamma = Math.sqrt(cost / (alpha * beta ** 2));
          expect(expectedAccuracy(at(alpha, beta, gamma), 'n')).toBeLessThanOrEqual(best + 1e-12);
        },
      ),
    );
  });

  it('loses curvature times the squared distance in shares', () => {
    const depthOnly = at(2, 1, 1, { optimum: { alpha: 1, beta: 2, gamma: 1 }, curvature: 0.05 });
    expect(expectedAccuracy(depthOnly, 'n')).toBeCloseTo(0.72 - 0.05 * 2, 12);
  });

  it('takes an optimum that spends nothing as equal shares', () => {
    expect(expectedAccuracy(at(2, 1, 1, { optimum: { alpha: 1, beta: 1, gamma: 1 } }), 'n')).toBeCloseTo(
      0.72 - 0.05 * (2 / 3),
      12,
    );
  });
});

describe('noise', () => {
  const seeds = Array.from({ length: 4000 }, (_, seed) => seed);
  const moments = (values: number[]) => {
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    return { mean, sd: Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length) };
  };

  it('of seeds has mean 0 and the standard deviation asked for', () => {
    const { mean, sd } = moments(
      seeds.map((seed) => finalAccuracy(at(1, 1, 1, { seedNoise: 0.004 }), { ...run, seed })),
    );
    expect(mean).toBeCloseTo(0.7, 3);
    expect(sd).toBeGreaterThan(0.0037);
    expect(sd).toBeLessThan(0.0043);
  });

  it('of networks is the same for every seed and differs between networks', () => {
    const trial = at(1, 1, 1, { networkNoise: 0.01 });
    const { sd } = moments(seeds.map((n) => expectedAccuracy(trial, `n${n}`)));
    expect(finalAccuracy(trial, { ...run, seed: 1 })).toBe(finalAccuracy(trial, { ...run, seed: 2 }));
    expect(sd).toBeGreaterThan(0.0093);
    expect(sd).toBeLessThan(0.0107);
  });

  it('depends on nothing but its seeds', () => {
    const trial = at(1.2, 1.1, 1.15, { seedNoise: 0.004 });
    expect(finalAccuracy(trial, run)).toBe(finalAccuracy(structuredClone(trial), { ...run }));
    expect(finalAccuracy(trial, run)).not.toBe(finalAccuracy(at(1.2, 1.1, 1.15, { seedNoise: 0.004, seed: 2 }), run));
  });
});

describe('the learning curve', () => {
  it('rises from chance to exactly the final accuracy', () => {
    const trial = at(1, 1, 1);
    const curve = Array.from({ length: 10 }, (_, i) => accuracyAt(i + 1, trial, run));
    expect(curve.at(-1)).toBe(finalAccuracy(trial, run));
    expect(curve).toEqual([...curve].sort((a, b) => a - b));
    expect(curve[0]).toBeGreaterThan(1 / 12);
  });

  it('of a deeper network of equal final accuracy starts lower', () => {
    const early = (depth: number) =>
      accuracyAt(2, { ...at(1, 1, 1, { curvature: 0 }), multipliers: { depth, width: 1, resolution: 1 } }, run);
    expect(early(2)).toBeLessThan(early(1));
  });

  it('stays in [0, 1] whatever the numbers', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 10, noNaN: true }),
        fc.integer({ min: 1, max: 10 }),
        (base, seedNoise, epoch) => {
          const accuracy = accuracyAt(epoch, at(1.5, 1, 1, { base, seedNoise }), run);
          expect(accuracy).toBeGreaterThanOrEqual(0);
          expect(accuracy).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});

describe('faults', () => {
  it('strike none, all, and each about as often as asked', () => {
    expect(faultOf(spec(), 't', 1, 10)).toBeNull();
    expect(faultOf(spec({ faults: { oom: 1 } }), 't', 1, 10)?.fault).toBe('oom');
    const half = spec({ faults: { crash: 0.3, diverge: 0.2 } });
    const drawn = Array.from({ length: 4000 }, (_, i) => faultOf(half, `t${i}`, 1, 10));
    const share = (fault: string) => drawn.filter((draw) => draw?.fault === fault).length / drawn.length;
    expect(share('crash')).toBeCloseTo(0.3, 1);
    expect(share('diverge')).toBeCloseTo(0.2, 1);
    expect(share('lost')).toBe(0);
    expect(drawn.every((draw) => draw === null || (draw.epoch >= 1 && draw.epoch <= 10))).toBe(true);
  });

  it('are drawn anew for every attempt', () => {
    const half = spec({ faults: { crash: 0.5 } });
    const attempts = Array.from({ length: 50 }, (_, i) => faultOf(half, 't', i + 1, 10));
    expect(attempts.some((draw) => draw === null)).toBe(true);
    expect(attempts.some((draw) => draw !== null)).toBe(true);
  });
});
