import { expect, it } from 'vitest';
import type { Architecture } from '../../../search/network/architecture.js';
import { realisedMultipliers } from '../../../search/scaling/realised-multipliers.js';

const network = (resolutionPx: number, stages: { width: number; repeats: number }[]): Architecture =>
  ({
    name: 'n',
    resolutionPx,
    stages: [
      { name: 'stem', block: 'conv', width: 16, repeats: 1, stride: 1, scaleDepth: false, scaleWidth: false },
      ...stages.map((stage, i) => ({ name: `s${i}`, block: 'conv', stride: 1, ...stage })),
    ],
  }) as unknown as Architecture;
const baseline = network(32, [
  { width: 16, repeats: 1 },
  { width: 32, repeats: 3 },
]);

it('a baseline is 1 × itself', () => {
  expect(realisedMultipliers(baseline, baseline)).toEqual({ depth: 1, width: 1, resolution: 1 });
});

it('counts blocks, averages widths geometrically, and leaves out what is not scaled', () => {
  const scaled = network(48, [
    { width: 16, repeats: 2 },
    { width: 128, repeats: 6 },
  ]);
  const { depth, width, resolution } = realisedMultipliers(baseline, scaled);
  expect(depth).toBe(2);
  expect(width).toBeCloseTo(2, 12);
  expect(resolution).toBe(1.5);
});

it('refuses a network with other stages', () => {
  expect(() => realisedMultipliers(baseline, network(32, []))).toThrow(/1 stages, its baseline 3/);
});
