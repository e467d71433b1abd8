import type { Architecture, Stage } from '../network/architecture.js';

/** By how much a network is deeper, wider and of higher resolution than its baseline, after all rounding. */
export interface RealisedMultipliers {
  /** Blocks of the stages that depth scaling touches, over the baseline's. */
  readonly depth: number;
  /** Geometric mean over the stages that width scaling touches of their width over the baseline's. */
  readonly width: number;
  /** Side of the input over the baseline's. */
  readonly resolution: number;
}

/** The multipliers that a network really has; both must have the same stages, as a network and its baseline do. */
export function realisedMultipliers(baseline: Architecture, network: Architecture): RealisedMultipliers {
  if (baseline.stages.length !== network.stages.length) {
    throw new RangeError(`${network.name} has ${network.stages.length} stages, its baseline ${baseline.stages.length}`);
  }
  const pairs = baseline.stages.map((before, i) => ({ before, after: network.stages[i] as Stage }));
  const deep = pairs.filter(({ before }) => before.scaleDepth !== false);
  const wide = pairs.filter(({ before }) => before.scaleWidth !== false);
  const blocks = (side: 'before' | 'after'): number => deep.reduce((sum, pair) => sum + pair[side].repeats, 0);
  const logWidth = wide.reduce((sum, { before, after }) => sum + Math.log(after.width / before.width), 0);
  return {
    depth: deep.length > 0 ? blocks('after') / blocks('before') : 1,
    width: wide.length > 0 ? Math.exp(logWidth / wide.length) : 1,
    resolution: network.resolutionPx / baseline.resolutionPx,
  };
}
