import type { Shares } from './shares.js';
import type { Bounds } from './simplex.js';
import { type Optimum, optimumRegion, type Surface } from './surface.js';

/** What the response surface says, in few numbers. */
export interface SurfaceSummary {
  readonly optimum: Optimum;
  /** Least and greatest share of each dimension in the 95 % confidence region of the optimum, within what was searched; null where it is empty. */
  readonly region: Bounds | null;
  /** Share of the variance of the means that the surface explains. */
  readonly explained: number;
  /** Standard deviation of the networks about the surface, a share of accuracy. */
  readonly residualSd: number;
}

export function summariseSurface(surface: Surface): SurfaceSummary {
  const region = optimumRegion(surface);
  const { optimum, explained, fit } = surface;
  return { optimum, region: boundsOf(region), explained, residualSd: Math.sqrt(fit.variance) };
}

function boundsOf(region: readonly Shares[]): Bounds | null {
  if (region.length === 0) return null;
  const range = (of: (shares: Shares) => number): [number, number] => {
    const values = region.map(of);
    return [Math.min(...values), Math.max(...values)];
  };
  return {
    depth: range(({ depth }) => depth),
    width: range(({ width }) => width),
    resolution: range(({ resolution }) => resolution),
  };
}
