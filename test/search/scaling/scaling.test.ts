import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../search/base/errors.js';
import { graphCost } from '../../../search/cost/counts.js';
import { networkId } from '../../../search/network/architecture.js';
import { expand } from '../../../search/network/graph.js';
import { networks, resolveNetwork } from '../../../search/network/presets.js';
import { multipliers, nominalProduct } from '../../../search/scaling/coefficients.js';
import { regularisationAt } from '../../../search/scaling/regularisation.js';
import {
  ceilingRepeats,
  nearestRepeats,
  nearestResolution,
  nearestWidth,
  roundings,
} from '../../../search/scaling/rounding.js';
import { scaleArchitecture } from '../../../search/scaling/scaling.js';

describe('rounding', () => {
  it.each([
    // width, multiplier, divisor → width
    [32, 1.1, 8, 32],
    [40, 1.1, 8, 48], // 44: halves go up
    [16, 1.2, 8, 24], // 19.2: 16 would lose more than 10 %
    [24, 1.2, 8, 32], // 28.8
    [320, 1.4, 8, 448],
    [1280, 2.2, 8, 2816],
    [16, 0.25, 8, 8], // never below one divisor
    [20, 1, 8, 20], // a multiplier of 1 changes nothing
    [20, 1.0001, 8, 24],
    [12, 1.1, 4, 12],
    [12, 1.2, 4, 16],
    [7, 1.5, 1, 11], // 10.5
  ])('nearestWidth: %i channels by %f to a multiple of %i is %i', (width, multiplier, divisor, expected) => {
    expect(nearestWidth(width, multiplier, divisor)).toBe(expected);
  });

  it.each([
    [1, 1, 1, 1],
    [1, 1.1, 2, 1],
    [2, 1.2, 3, 2],
    [2, 1.25, 3, 3],
    [3, 1.5, 5, 5],
    [4, 3.1, 13, 12],
    [10, 1.1, 11, 11], // 11.000000000000002 in doubles
    [3, 0.1, 1, 1],
    [4, 0.5, 2, 2],
  ])('repeats: %i by %f is %i up, %i to the nearest', (repeats, multiplier, up, nearest) => {
    expect(ceilingRepeats(repeats, multiplier)).toBe(up);
    expect(nearestRepeats(repeats, multiplier)).toBe(nearest);
  });

  it.each([
    [224, 1.15, 1, 258],
    [224, 1.15, 8, 256],
    [224, 1.15, 32, 256],
    [224, 1.16, 32, 256],
    [50, 1.25, 1, 63], // 62.5
    [32, 0.001, 1, 1],
    [32, 0.001, 8, 8],
    [30, 1, 8, 32], // asked for, so also at a multiplier of 1
  ])('resolution: %i px by %f to a multiple of %i is %i', (px, multiplier, multiple, expected) => {
    expect(nearestResolution(px, multiplier, multiple)).toBe(expected);
  });

  it.each(Object.entries(roundings))(
    '%s: monotone in the multiplier, width within half a divisor or up',
    (_name, rounding) => {
      const multiplier = fc.double({ min: 0.05, max: 8, noNaN: true });
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 512 }),
          fc.constantFrom(1, 4, 8),
          multiplier,
          multiplier,
          (n, divisor, a, b) => {
            fc.pre(a !== 1 && b !== 1);
            const [low, high] = [Math.min(a, b), Math.max(a, b)];
            expect(rounding.width(n, low, divisor)).toBeLessThanOrEqual(rounding.width(n, high, divisor));
            expect(rounding.repeats(n, low)).toBeLessThanOrEqual(rounding.repeats(n, high));
            const width = rounding.width(n, a, divisor);
            expect(width % divisor).toBe(0);
            expect(width).toBeGreaterThanOrEqual(0.9 * n * a);
            expect(width).toBeLessThanOrEqual(Math.max(divisor, n * a + divisor));
          },
        ),
      );
    },
  );
});

describe('multipliers', () => {
  it('are α^φ, β^φ, γ^φ', () => {
    const { depth, width, resolution } = multipliers({ alpha: 1.2, beta: 1.1, gamma: 1.15, phi: 2 });
    expect([depth, width, resolution]).toEqual([1.2 ** 2, 1.1 ** 2, 1.15 ** 2]);
    expect(nominalProduct({ alpha: 1.2, beta: 1.1, gamma: 1.15 })).toBeCloseTo(1.92027, 10);
  });

  it('of φ = 0 are 1, of −φ the inverse', () => {
    expect(multipliers({ alpha: 1.2, beta: 1.1, gamma: 1.15, phi: 0 })).toEqual({ depth: 1, width: 1, resolution: 1 });
    const { depth } = multipliers({ alpha: 1.2, beta: 1.1, gamma: 1.15, phi: -1 });
    expect(depth * 1.2).toBeCloseTo(1, 12);
  });
});

describe('scaling', () => {
  const options = { rounding: 'efficientnet', resolutionMultiple: 1 } as const;

  it.each(networks().map(({ name }) => name))('%s scaled by 1 is itself', (name) => {
    const network = resolveNetwork(name);
    expect(networkId(scaleArchitecture(network, { depth: 1, width: 1, resolution: 1 }, options))).toBe(
      networkId(network),
    );
  });

  it("leaves alone what Lite leaves alone: stem, head and the outer stages' repeats", () => {
    const { stages } = scaleArchitecture(
      resolveNetwork('efficientnet-lite0'),
      { depth: 2, width: 2, resolution: 1 },
      options,
    );
    expect(stages.map(({ width }) => width)).toEqual([32, 32, 48, 80, 160, 224, 384, 640, 1280]);
    expect(stages.map(({ repeats }) => repeats)).toEqual([1, 1, 4, 4, 6, 6, 8, 1, 1]);
  });

  it("scales the classifier's hidden layers with width, never its logits, and no pooling with depth", () => {
    const vgg = scaleArchitecture(resolveNetwork('vgg16'), { depth: 2, width: 0.5, resolution: 1 }, options);
    expect(vgg.classifier.hidden).toEqual([2048, 2048]);
    expect(vgg.classes).toBe(1000);
    expect(vgg.stages.filter(({ block }) => block === 'maxPool').map(({ repeats }) => repeats)).toEqual([
      1, 1, 1, 1, 1,
    ]);
  });

  const faultAt = (by: object, name = 'mbconv-tiny'): InputError => {
    try {
      scaleArchitecture(resolveNetwork(name), { depth: 1, width: 1, resolution: 1, ...by }, options);
    } catch (error) {
      if (error instanceof InputError) return error;
      throw error;
    }
    throw new Error('nothing was thrown');
  };

  it.each([
    [{ depth: 2 ** 19 }, 'scaled to 524,288 blocks in stage1: expected at most 1000'],
    [{ depth: 500.001 }, 'scaled to 1001 blocks in stage2: expected at most 1000'],
    [{ depth: 16 ** 16 }, 'scaled to 1.84e+19 blocks in stage1: expected at most 1000'],
    [{ depth: Number.POSITIVE_INFINITY }, 'scaled to Infinity blocks in stage1: expected at most 1000'],
    [{ width: 1000 }, 'scaled to 96,000 channels in head: expected at most 65,536'],
    [{ width: Number.NaN }, 'scaled to NaN channels in stem: expected at most 65,536'],
    [{ resolution: 128.05 }, 'scaled to an input of 4098 px: expected at most 4096'],
  ])('by %o is refused: %s', (by, sentence) => {
    const { code, message } = faultAt(by);
    expect({ code, message }).toEqual({ code: 'does-not-fit', message: sentence });
  });

  it('takes the largest network that may be', () => {
    const { stages, resolutionPx } = scaleArchitecture(
      resolveNetwork('mbconv-tiny'),
      { depth: 1000 / 3, width: 65_536 / 96, resolution: 128 },
      options,
    );
    expect([stages[3]?.repeats, stages[4]?.width, resolutionPx]).toEqual([1000, 65_536, 4096]);
  });

  it('refuses hidden layers of the classifier that grow too wide', () => {
    const vgg = resolveNetwork('vgg16');
    const narrow = { ...vgg, stages: vgg.stages.map((stage) => ({ ...stage, scaleWidth: false })) };
    expect(() => scaleArchitecture(narrow, { depth: 1, width: 20, resolution: 1 }, options)).toThrow(
      'scaled to 81,920 units in classifier.hidden.0: expected at most 65,536',
    );
  });

  it('refuses to count where counts are not exact', () => {
    const huge = scaleArchitecture(resolveNetwork('resnet50'), { depth: 30, width: 32, resolution: 18 }, options);
    expect(() => graphCost(expand(huge))).toThrow(/^macs: expected at most 2\^53 − 1, got \d\.\d+e\+\d+$/);
  });

  it('macs, params and activations never fall when a multiplier grows', () => {
    const baseline = resolveNetwork('mbconv-tiny');
    const multiplier = fc.double({ min: 0.4, max: 3, noNaN: true });
    const by = fc.record({ depth: multiplier, width: multiplier, resolution: multiplier });
    const cost = (m: { depth: number; width: number; resolution: number }) =>
      graphCost(expand(scaleArchitecture(baseline, m, options)));
    fc.assert(
      fc.property(by, by, (a, b) => {
        const low = cost({
          depth: Math.min(a.depth, b.depth),
          width: Math.min(a.width, b.width),
          resolution: Math.min(a.resolution, b.resolution),
        });
        for (const quantity of ['macs', 'params', 'activations'] as const)
          expect(low[quantity]).toBeLessThanOrEqual(cost(a)[quantity]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('regularisation', () => {
  it("follows the family's own table for φ = 0 … 7", () => {
    const dropouts = [0, 1, 2, 3, 4, 5, 6, 7].map((phi) =>
      regularisationAt({ dropout: 0.2, stochasticDepth: 0.2 }, phi),
    );
    expect(dropouts.map(({ dropout }) => dropout)).toEqual([0.2, 0.2, 0.3, 0.3, 0.4, 0.4, 0.5, 0.5]);
    expect(new Set(dropouts.map(({ stochasticDepth }) => stochasticDepth))).toEqual(new Set([0.2]));
  });

  it.each([
    [0.2, 20, 0.5],
    [0.2, -20, 0],
    [0.6, 5, 0.6],
    [0, 7, 0],
    [0.1, 3, 0.2],
  ])('dropout %f at φ = %f is %f', (dropout, phi, expected) => {
    expect(regularisationAt({ dropout, stochasticDepth: 0 }, phi).dropout).toBe(expected);
  });
});

describe('names', () => {
  it('lists the catalogue and the presets, each resolvable', () => {
    expect(networks()).toHaveLength(30);
    for (const { name, title, resolutionPx } of networks())
      expect(resolveNetwork(name)).toMatchObject({ name, title, resolutionPx });
  });

  it('an unknown name is told with the nearest one', () => {
    expect(() => resolveNetwork('efficientnet-b9', 'baseline')).toThrow(
      /^baseline: expected one of .*, got "efficientnet-b9"; did you mean "efficientnet-b\d"\?$/,
    );
  });
});
