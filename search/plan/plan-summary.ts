import { isSaving, type Saving, slowdown } from '../cost/saving.js';
import { isWithinTolerance } from '../scaling/target.js';
import { seedBudgetOf } from '../strategy/replicate-planned.js';
import type { Plan, PlannedPoint } from './plan.js';

export interface Extent {
  readonly min: number;
  readonly max: number;
}

/** What `triscale plan --json` prints. Points and networks are the grid's; the series and the baseline are counted beside them. */
export interface PlanSummary {
  readonly points: number;
  readonly networks: number;
  /** Of everything that is planned: grid, series and baseline. */
  readonly trials: number;
  /** Trainings that may follow these, for the networks that cannot be told from the best. */
  readonly seedBudget: number;
  readonly nominal: Extent;
  readonly realised: Extent;
  /** Grid points whose realised cost is within the tolerance of the target. */
  readonly withinTolerance: number;
  /** Grid points before the limits removed some; `points` is what they left. */
  readonly gridPointsBeforeLimits: number;
  /** Points that each limit removed; a point can break several. */
  readonly removed: Readonly<Record<string, number>>;
  readonly series: { readonly points: number; readonly networks: number };
  readonly baseline: { readonly networkId: string; readonly macs: number; readonly params: number };
  /** The networks that save memory in training, since they would not fit otherwise. */
  readonly savings: readonly NetworkSaving[];
  readonly hash: string;
}

export interface NetworkSaving extends Saving {
  readonly networkId: string;
  /** Time of a training over that of one which saves nothing. */
  readonly slowdown: number;
  /** Predicted. */
  readonly peakBytes: number;
}

export function planSummary(plan: Plan): PlanSummary {
  const grid = plan.points.filter(({ role }) => role === 'grid');
  const series = plan.points.filter(({ role }) => role !== 'grid' && role !== 'baseline');
  const baseline = plan.points.find(({ role }) => role === 'baseline') as PlannedPoint;
  return {
    points: grid.length,
    networks: countNetworks(grid),
    trials: plan.trials.length,
    seedBudget: seedBudgetOf(plan),
    nominal: extent(grid, ({ nominal }) => nominal),
    realised: extent(grid, ({ realised }) => realised),
    withinTolerance: grid.filter(({ realised }) => isWithinTolerance(realised, plan.spec)).length,
    gridPointsBeforeLimits: plan.gridPointsBeforeLimits,
    removed: Object.fromEntries(plan.removed.map(({ limit, points }) => [limit, points])),
    series: { points: series.length, networks: countNetworks(series) },
    baseline: { networkId: baseline.networkId, macs: plan.baselineCost.macs, params: plan.baselineCost.params },
    savings: plan.networks
      .filter(({ saving }) => isSaving(saving))
      .map(({ id, saving, peakBytes }) => ({ networkId: id, ...saving, slowdown: slowdown(saving), peakBytes })),
    hash: plan.hash,
  };
}

function countNetworks(points: readonly PlannedPoint[]): number {
  return new Set(points.map(({ networkId }) => networkId)).size;
}

function extent(points: readonly PlannedPoint[], of: (point: PlannedPoint) => number): Extent {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const point of points) {
    const value = of(point);
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}
