import { describe, expect, it } from 'vitest';
import { Random } from '../../../search/base/random.js';
import type { Candidate } from '../../../search/evidence/candidate.js';
import type { Verdict } from '../../../search/evidence/health/check.js';
import { select } from '../../../search/evidence/select.js';
import { doublingsOf, type Shares, sharesOf } from '../../../search/evidence/shares.js';
import type { Multipliers } from '../../../search/scaling/coefficients.js';
import { candidate } from './candidates.js';
import { gridCandidates, gridMultipliers } from './grid.js';

const flat = [0.5, 0.6, 0.68, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7];

interface Planted {
  readonly points?: readonly Multipliers[];
  readonly optimum?: Shares;
  readonly curvature?: number;
  readonly noise?: number;
  /** Accuracy of the baseline; it and the candidates have four seeds each. */
  readonly baseline?: number;
  /** Accuracy of a depth-only network at the target cost. */
  readonly depthOnly?: number;
  readonly curve?: readonly number[];
  /** Macs of the dearest network over those of the cheapest. */
  readonly costFactor?: number;
  readonly perDoubling?: number;
  readonly testReads?: number;
  readonly rule?: string;
}

/** A healthy search; `planted` says what is wrong with it. */
function search(planted: Planted = {}) {
  const { optimum = sharesOf({ depth: 1.2, width: 1.1, resolution: 1.15 }), curvature = 0.05, noise = 0.001 } = planted;
  const { points = gridMultipliers(), baseline = 0.6, depthOnly = 0.62, curve = flat } = planted;
  const { costFactor = 1.05, perDoubling = 0.02, testReads = 0, rule } = planted;
  const random = new Random(6);
  const four = (accuracy: number) => [1, 2, 3, 4].map(() => accuracy + noise * random.normal());
  const networks = gridCandidates(points, () => []).map((each, i): Candidate => {
    const macs = 8e8 * costFactor ** (i / points.length);
    const shares = sharesOf(each.multipliers);
    const distance2 =
      (shares.depth - optimum.depth) ** 2 +
      (shares.width - optimum.width) ** 2 +
      (shares.resolution - optimum.resolution) ** 2;
    const bowl = curvature * doublingsOf(each.multipliers) ** 2 * distance2;
    const accuracy = 0.7 + perDoubling * Math.log2(macs / 8e8) - bowl;
    const { trials } = candidate({ id: each.networkId, accuracies: four(accuracy), curve });
    return { ...each, cost: { ...each.cost, macs }, trials };
  });
  const others = [
    candidate({
      id: 'baseline',
      role: 'baseline',
      alpha: 1,
      beta: 1,
      gamma: 1,
      macs: 4e8,
      accuracies: four(baseline),
      curve,
    }),
    candidate({
      id: 'depth',
      role: 'depth',
      alpha: 2,
      beta: 1,
      gamma: 1,
      macs: 8e8,
      accuracies: four(depthOnly),
      curve,
    }),
  ];
  return select([...networks, ...others], {
    targetMacs: 8e8,
    product: 2,
    testReads,
    ...(rule === undefined ? {} : { rule }),
  });
}

function verdict(name: string, planted?: Planted): Verdict | undefined {
  return search(planted).health.find((check) => check.name === name)?.verdict;
}

/** Gains 2 points in its last tenth. */
const rising = flat.map((accuracy, i) => (i === 9 ? accuracy : accuracy - 0.02));

const wide: Multipliers[] = [];
for (let depth = 0; depth <= 4; depth++) {
  for (let width = 0; depth + width <= 4; width++) {
    const resolution = 4 - depth - width;
    wide.push({ depth: 2 ** (depth / 4), width: 2 ** (width / 8), resolution: 2 ** (resolution / 8) });
  }
}
/** Halfway between the points of the coarse grid. */
const between = { depth: 0.375, width: 0.375, resolution: 0.25 };

describe('health', () => {
  it('passes a healthy search on every check', () => {
    const { health } = search();
    expect(health.map(({ name, verdict: each }) => `${each} ${name}`)).toEqual([
      'PASS no effect',
      'PASS optimum at the edge',
      'PASS grid too coarse',
      'PASS noise above spread',
      'PASS baseline not beaten',
      'PASS unequal cost',
      'PASS under-trained',
      'PASS test split read too often',
    ]);
    expect(health.every(({ remedy }) => remedy === null)).toBe(true);
  });

  it.each<[string, Verdict, Planted]>([
    ['no effect', 'FAIL', { curvature: 0, costFactor: 1, noise: 0.01 }],
    ['optimum at the edge', 'WARNING', { optimum: { depth: -0.3, width: 0.3, resolution: 1 } }],
    ['grid too coarse', 'WARNING', { points: wide, optimum: between, curvature: 1, noise: 0.0005 }],
    ['noise above spread', 'FAIL', { curvature: 0.0005, costFactor: 1, noise: 0.02 }],
    ['baseline not beaten', 'FAIL', { baseline: 0.75 }],
    ['baseline not beaten', 'WARNING', { baseline: 0.698, noise: 0.004 }],
    ['baseline not beaten', 'WARNING', { depthOnly: 0.73 }],
    ['unequal cost', 'WARNING', { costFactor: 1.7, perDoubling: 0.005 }],
    ['under-trained', 'WARNING', { curve: rising }],
    ['under-trained', 'FAIL', { curve: flat.map((accuracy, i) => (i === 9 ? accuracy : accuracy - 0.06)) }],
    ['test split read too often', 'WARNING', { testReads: 2 }],
    ['test split read too often', 'FAIL', { testReads: 9 }],
  ])('raises %s as %s, with a remedy among the advice', (name, expected, planted) => {
    const { health, advice } = search(planted);
    const check = health.find((each) => each.name === name);
    expect(check?.verdict).toBe(expected);
    expect(advice.some((sentence) => sentence.includes(check?.remedy as string))).toBe(true);
  });

  it('fails unequal cost when accuracy as trained leaves the best at equal cost outside the tie set', () => {
    const dear = { costFactor: 3, perDoubling: 0.08 };
    expect(verdict('unequal cost', { ...dear, rule: 'highest-mean' })).toBe('FAIL');
    expect(verdict('unequal cost', dear)).toBe('WARNING');
    expect(verdict('unequal cost', { costFactor: 1.05, perDoubling: 0.08 })).toBe('PASS');
  });

  it('names the coefficient to extend', () => {
    const points = gridMultipliers({ gamma: { from: 1, to: 1.15, step: 0.05 } });
    const { health } = search({ points, optimum: { depth: 0.05, width: 0.1, resolution: 0.85 } });
    const edge = health.find(({ name }) => name === 'optimum at the edge');
    expect(edge?.remedy).toContain('γ beyond 1.15');
  });
});
