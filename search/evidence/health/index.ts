import { baselineNotBeaten } from './baseline.js';
import type { Finding, HealthInput } from './check.js';
import { gridTooCoarse } from './coarse-grid.js';
import { unequalCost } from './cost.js';
import { optimumAtTheEdge } from './edge.js';
import { noEffect } from './no-effect.js';
import { noiseAboveSpread } from './noise.js';
import { testReadTooOften } from './test-split.js';
import { underTrained } from './training.js';

/** Ways in which a search can mislead, by name. */
const checks: Readonly<Record<string, (input: HealthInput) => Finding | null>> = {
  'no effect': noEffect,
  'optimum at the edge': optimumAtTheEdge,
  'grid too coarse': gridTooCoarse,
  'noise above spread': noiseAboveSpread,
  'baseline not beaten': baselineNotBeaten,
  'unequal cost': unequalCost,
  'under-trained': underTrained,
  'test split read too often': testReadTooOften,
};

export interface HealthCheck extends Finding {
  readonly name: string;
}

/** Runs every check that has something to look at. */
export function checkHealth(input: HealthInput): HealthCheck[] {
  return Object.entries(checks).flatMap(([name, check]) => {
    const found = check(input);
    return found ? [{ name, ...found }] : [];
  });
}
