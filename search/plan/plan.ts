import { InputError } from '../base/errors.js';
import { canonicalJson, digestLines } from '../base/hash.js';
import type { Cost } from '../cost/counts.js';
import type { EngineName } from '../cost/engine-memory.js';
import { applyLimits, exceededLimits, type RemovedByLimit } from '../cost/limits.js';
import { type MachineMemory, memoryOptions } from '../cost/memory-model.js';
import type { Architecture } from '../network/architecture.js';
import { type Coefficients, multipliers, nominalProduct } from '../scaling/coefficients.js';
import { regularisationAt } from '../scaling/regularisation.js';
import { retargetPhi } from '../scaling/retarget.js';
import { type SeriesRole, seriesDirections, seriesTargets } from '../scaling/series.js';
import { targetRatio } from '../scaling/target.js';
import { strategies } from '../strategy/registry.js';
import type { DatasetSpec } from './dataset.js';
import { type ExperimentSpec, experimentIdentity } from './experiment.js';
import { enumerateGrid } from './grid.js';
import { NetworkPool } from './network-pool.js';
import type { PlannedNetwork, PlannedPoint, PlannedTrial, PointRole } from './planned.js';
import type { Recipe } from './recipe.js';
import { planTrials } from './trials.js';
import { planWarnings, savingWarnings } from './warnings.js';

export type { Coefficients, PlannedNetwork, PlannedPoint, PlannedTrial, PointRole, RemovedByLimit };

/** What one experiment will train, fixed and hashed before anything is trained. */
export interface Plan {
  readonly spec: ExperimentSpec;
  readonly baseline: Architecture;
  readonly baselineCost: Cost;
  readonly dataset: DatasetSpec;
  readonly recipe: Recipe;
  /** For which the limits predict memory. */
  readonly engine: EngineName;
  /** What every training was made to fit into, beside the limits; null for any machine. */
  readonly machine: MachineMemory | null;
  readonly points: readonly PlannedPoint[];
  readonly networks: readonly PlannedNetwork[];
  readonly trials: readonly PlannedTrial[];
  /** Grid points that the limits were applied to; where the plan is retargeted, without those that cannot reach the target. */
  readonly gridPointsBeforeLimits: number;
  readonly removed: readonly RemovedByLimit[];
  readonly warnings: readonly string[];
  /**
   * Of what is planned, whatever the order of the file's keys, whatever its prose says and wherever the data lie; not of predictions and
   * warnings, which may get better. The content of the data is not in it, their number of classes is: a plan made without them takes
   * the baseline's, which are other networks under another hash where the data have another number.
   */
  readonly hash: string;
}

/** What the caller knows and the experiment file does not. */
export interface PlanOptions {
  /** Of the dataset; the baseline's when absent. */
  readonly classes?: number;
  readonly channels?: number;
  /** For which the limits predict memory; `wasm` when absent. */
  readonly engine?: EngineName;
}

/**
 * Plans an experiment on a baseline: every grid point that the limits leave, the single-dimension series, the baseline itself, the networks
 * that these round to and one trial for each network and replicate. A strategy that proposes its networks during the search has the baseline
 * alone planned. Throws an `InputError` when the grid or the limits leave no point.
 */
export function makePlan(spec: ExperimentSpec, original: Architecture, options: PlanOptions = {}): Plan {
  const baseline: Architecture = {
    ...original,
    resolutionPx: spec.resolutionPx ?? original.resolutionPx,
    classes: options.classes ?? original.classes,
    channels: options.channels ?? original.channels,
  };
  const { engine = 'wasm' } = options;
  // One regularisation for every point, that of the compute it is given: a solved φ of its own would make strangers of equal networks.
  const pool = new NetworkPool(
    baseline,
    spec.scaling,
    regularisationAt(baseline.regularisation, spec.grid.phi),
    memoryOptions(spec.training, engine),
    { limitBytes: spec.limits.memoryBytes ?? Number.POSITIVE_INFINITY, allowed: spec.memorySaving },
  );
  const macs = pool.baseline.cost.macs;
  const all = gridPoints(spec, pool);
  const { kept, removed } = applyLimits(
    all.points,
    (point) => pool.networkOf(point),
    spec.limits,
    macs,
    spec.memorySaving,
  );
  const series = spec.singleDimension && kept.length > 0 ? seriesPoints(spec, pool, kept) : [];
  const allowedSeries = series.filter((point) => exceededLimits(pool.networkOf(point), spec.limits, macs).length === 0);

  const points = [baselinePoint(pool.baseline.id), ...kept, ...allowedSeries];
  const networkIds = [...new Set(points.map((point) => point.networkId))];
  const networks = networkIds.map((id) => pool.networkOf({ networkId: id }));
  const trials = planTrials(spec, networks);
  return {
    spec,
    baseline,
    baselineCost: pool.baseline.cost,
    dataset: spec.data,
    recipe: spec.training,
    engine,
    machine: null,
    points,
    networks,
    trials,
    gridPointsBeforeLimits: all.points.length,
    removed,
    warnings: [
      ...planWarnings({
        spec,
        baseline: pool.baseline,
        realised: kept.map((point) => point.realised),
        unreached: all.unreached,
        seriesLeftOut: series.length - allowedSeries.length,
      }),
      ...savingWarnings(networks),
    ],
    hash: planHash(spec, points, trials),
  };
}

/** The plan with its networks trained in these ways; trials, hash and warnings follow. */
export function withNetworks(plan: Plan, networks: readonly PlannedNetwork[]): Plan {
  const { spec, points } = plan;
  const trials = planTrials(spec, networks);
  const before = savingWarnings(plan.networks);
  const warnings = [...plan.warnings.filter((warning) => !before.includes(warning)), ...savingWarnings(networks)];
  return { ...plan, networks, trials, warnings, hash: planHash(spec, points, trials) };
}

/** The grid's points, each at its own φ when the experiment asks to retarget. */
function gridPoints(spec: ExperimentSpec, pool: NetworkPool): { points: PlannedPoint[]; unreached: number } {
  if (!strategies[spec.strategy.name].plansGrid) return { points: [], unreached: 0 };
  const grid = enumerateGrid(spec.grid);
  if (!spec.scaling.retarget) return { points: grid.map((point) => place('grid', point, pool)), unreached: 0 };
  const target = targetRatio(spec);
  const points: PlannedPoint[] = [];
  for (const point of grid) {
    const phi = retargetPhi(point, target, (by) => pool.realisedAt(by));
    if (phi !== undefined) points.push(place('grid', { ...point, phi }, pool));
  }
  if (points.length === 0)
    throw new InputError(
      'no-point',
      `scaling.retarget: expected a point whose direction reaches ×${target} of the baseline's macs, got none of ${grid.length}`,
    );
  return { points, unreached: grid.length - points.length };
}

/** Each single dimension at the realised costs of the grid, or at its target where every point was solved for that. */
function seriesPoints(spec: ExperimentSpec, pool: NetworkPool, grid: readonly PlannedPoint[]): PlannedPoint[] {
  const targets = spec.scaling.retarget ? [targetRatio(spec)] : seriesTargets(grid.map(({ realised }) => realised));
  const series = new Map<string, PlannedPoint>();
  for (const role of Object.keys(seriesDirections) as SeriesRole[]) {
    for (const target of targets) {
      const phi = retargetPhi(seriesDirections[role], target, (by) => pool.realisedAt(by));
      if (phi === undefined) continue;
      const point = place(role, { ...seriesDirections[role], phi }, pool);
      series.set(`${role} ${point.networkId}`, point);
    }
  }
  return [...series.values()];
}

function place(role: PointRole, { alpha, beta, gamma, phi }: Coefficients, pool: NetworkPool): PlannedPoint {
  const coefficients = { alpha, beta, gamma, phi };
  const { id, cost } = pool.networkAt(multipliers(coefficients));
  return {
    role,
    ...coefficients,
    nominal: nominalProduct(coefficients) ** phi,
    realised: cost.macs / pool.baseline.cost.macs,
    networkId: id,
  };
}

function baselinePoint(networkId: string): PlannedPoint {
  return { role: 'baseline', alpha: 1, beta: 1, gamma: 1, phi: 0, nominal: 1, realised: 1, networkId };
}

/** Costs follow from the networks, whose ids say everything that is trained; the prose of the file changes nothing. */
function planHash(spec: ExperimentSpec, points: readonly PlannedPoint[], trials: readonly PlannedTrial[]): string {
  return digestLines(hashedLines(spec, points, trials));
}

function* hashedLines(
  spec: ExperimentSpec,
  points: readonly PlannedPoint[],
  trials: readonly PlannedTrial[],
): Generator<string> {
  yield canonicalJson(experimentIdentity(spec));
  for (const { role, alpha, beta, gamma, phi, networkId } of points)
    yield `${role} ${alpha} ${beta} ${gamma} ${phi} ${networkId}`;
  for (const { id } of trials) yield id;
}
