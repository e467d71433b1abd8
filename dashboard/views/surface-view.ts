import type { Candidate } from '../../search/evidence/candidate.js';
import type { Selection } from '../../search/evidence/select.js';
import { fitSurface, optimumStatistic, surfaceAt } from '../../search/evidence/surface.js';
import type { Plan } from '../../search/plan/plan.js';
import { targetRatio } from '../../search/scaling/target.js';
import type { SurfaceView } from '../api.js';

/** Steps of the grid each way: contours between its points are smooth to the eye. */
const steps = 24;

/** The fitted response surface in values on a grid over what was searched, for drawing; null where none could be fitted. */
export function surfaceView(
  { spec, baselineCost }: Pick<Plan, 'spec' | 'baselineCost'>,
  candidates: readonly Candidate[],
  { estimates, spread }: Selection,
): SurfaceView | null {
  const { product } = spec.grid;
  const targetMacs = baselineCost.macs * targetRatio(spec);
  const surface = fitSurface(candidates, estimates, { targetMacs, product, spread });
  if (!surface) return null;
  const { bounds, optimum, explained } = surface;
  const statistic = optimumStatistic(surface);
  const depths = grid(bounds.depth);
  const widths = grid(bounds.width);
  const over = (value: (shares: { depth: number; width: number; resolution: number }) => number): number[][] =>
    depths.map((depth) => widths.map((width) => rounded(value({ depth, width, resolution: 1 - depth - width }))));
  return {
    bounds,
    depths,
    widths,
    accuracy: over((shares) => surfaceAt(surface, shares).value),
    region: over(statistic),
    optimum,
    explained,
  };
}

function grid([least, most]: readonly [number, number]): number[] {
  return Array.from({ length: steps + 1 }, (_, i) => least + ((most - least) * i) / steps);
}

/** Six digits are more than a drawing shows. A statistic that is not finite lies outside every region. */
function rounded(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(6)) : Number.MAX_VALUE;
}
