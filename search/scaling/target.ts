import type { ExperimentSpec } from '../plan/experiment.js';

/** What the grid's points should cost, as a multiple of the baseline's macs: the product to the power φ. */
export function targetRatio({ grid }: Pick<ExperimentSpec, 'grid'>): number {
  return grid.product ** grid.phi;
}

/** The grid's tolerance as a share of its product: 2 ± 0.1 is ±5 %, and means that at every φ. */
export function targetTolerance({ grid }: Pick<ExperimentSpec, 'grid'>): number {
  return grid.tolerance / grid.product;
}

/** Whether a realised cost, as a multiple of the baseline's macs, is within the tolerance of the target. */
export function isWithinTolerance(realised: number, spec: Pick<ExperimentSpec, 'grid'>): boolean {
  return Math.abs(realised / targetRatio(spec) - 1) <= targetTolerance(spec);
}
