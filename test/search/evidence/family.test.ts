import { describe, expect, it } from 'vitest';
import { familyEngine, fastDirection, makeFamily, publishedFamily, rivalsOf } from '../../../search/evidence/family.js';
import { resolveNetwork } from '../../../search/network/presets.js';

const paper = { alpha: 1.2, beta: 1.1, gamma: 1.15 };
const options = {
  rounding: 'efficientnet',
  resolutionMultiple: 1,
  memory: { batch: 32, optimizer: 'sgd', average: false, engine: 'wasm' },
} as const;
const b0 = resolveNetwork('efficientnet-b0');

describe('the family', () => {
  it('of (1.2, 1.1, 1.15) has resolutions within 4 % of the published ones', () => {
    const published = [224, 240, 260, 300, 380, 456, 528, 600];
    const family = makeFamily(b0, paper, [0, 0.5, 1, 2, 3.5, 5, 6, 7], options);
    family.forEach(({ network }, i) => {
      expect(Math.abs(network.resolutionPx / (published[i] as number) - 1)).toBeLessThan(0.04);
    });
  });

  it('starts at the baseline, and its cost climbs with φ', () => {
    const family = makeFamily(b0, paper, [-1, 0, 1, 2], options);
    expect(family[1]).toMatchObject({ realised: 1, cost: { macs: 385_814_752, params: 5_288_548 } });
    const macs = family.map(({ cost }) => cost.macs);
    expect(macs).toEqual(macs.toSorted((a, b) => a - b));
    expect(new Set(macs).size).toBe(4);
  });

  it('is compared with single dimensions and the fast rule at its own realised cost', () => {
    const [member] = makeFamily(b0, paper, [2], options);
    if (!member) throw new Error('no member');
    const rivals = rivalsOf(member, b0, options);
    expect(rivals.map(({ rule }) => rule)).toEqual(['depth', 'width', 'resolution', 'fast']);
    for (const rival of rivals) {
      // Rounding of widths to multiples of 8 and of repeats moves cost in steps.
      expect(Math.abs(rival.realised / member.realised - 1)).toBeLessThan(0.1);
    }
    const [depth, width, resolution, fast] = rivals;
    expect(depth?.network.resolutionPx).toBe(224);
    expect(width?.multipliers.depth).toBe(1);
    expect(resolution?.cost.params).toBe(5_288_548);
    expect(fast?.cost.activations).toBeLessThan(resolution?.cost.activations as number);
  });

  it('is compared with nothing that cannot be built: depth alone would be thousands of blocks', () => {
    const [member] = makeFamily(b0, paper, [11], options);
    if (!member) throw new Error('no member');
    expect(rivalsOf(member, b0, options).map(({ rule }) => rule)).not.toContain('depth');
  });

  it('has the exponents of the fast rule: 0.1, 0.4 and 0.05 for s times the macs', () => {
    const { alpha, beta, gamma } = fastDirection;
    expect([alpha, beta, gamma].map((c) => Number(Math.log2(c).toFixed(12)))).toEqual([0.1, 0.4, 0.05]);
    expect(alpha * beta ** 2 * gamma ** 2).toBeCloseTo(2, 12);
  });

  it('stands beside the published one, whose three multipliers disagree about φ', () => {
    const published = publishedFamily(b0, paper);
    const b3 = published.find(({ name }) => name === 'efficientnet-b3');
    expect(b3?.resolutionPx).toBe(300);
    const phis = Object.values(b3?.phiFrom ?? {}) as number[];
    expect(Math.max(...phis) - Math.min(...phis)).toBeGreaterThan(0.05);
    expect(publishedFamily(b0, { ...paper, beta: 1 })[0]?.phiFrom.width).toBeNull();
  });
});

describe('the engine that the memory of a family is predicted for', () => {
  const completed = (networkId: string, engine: string) =>
    ({ networkId, state: 'completed', result: { engine } }) as const;

  it('is the most frequent one among the completed trials of the chosen network, the first of equals', () => {
    const others = Array.from({ length: 5 }, () => completed('other', 'wasm'));
    const trials = [
      ...others,
      completed('chosen', 'cpu'),
      completed('chosen', 'webgpu'),
      completed('chosen', 'webgpu'),
    ];
    expect(familyEngine(trials, 'chosen')).toBe('webgpu');
    expect(familyEngine(trials, 'other')).toBe('wasm');
    expect(familyEngine([completed('chosen', 'webgpu'), completed('chosen', 'cpu')], 'chosen')).toBe('webgpu');
  });

  it('is that of the whole search where the network has no completed trial, and wasm where nothing has', () => {
    const trials = [{ networkId: 'chosen', state: 'running' } as const, completed('other', 'tensorflow')];
    expect(familyEngine(trials, 'chosen')).toBe('tensorflow');
    expect(familyEngine(trials, null)).toBe('tensorflow');
    expect(familyEngine([], 'chosen')).toBe('wasm');
    expect(familyEngine([completed('chosen', 'simulation')], 'chosen')).toBe('wasm');
  });
});
