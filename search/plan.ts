import { type Architecture, networkId } from './architecture.js';
import { type Coefficients, multipliers, nominalProduct } from './coefficients.js';
import { type Cost, graphCost } from './cost.js';
import type { DatasetSpec } from './dataset.js';
import type { MemoryEngine } from './engine-memory.js';
import { InputError } from './errors.js';
import type { ExperimentSpec } from './experiment.js';
import { expand } from './graph.js';
import { enumerateGrid } from './grid.js';
import { digestAll } from './hash.js';
import { applyLimits, exceededLimits, type RemovedByLimit } from './limits.js';
import { memoryOptions, predictMemory } from './memory.js';
import { type MergedNetwork, NetworkPool } from './merge.js';
import type { Recipe } from './recipe.js';
import { regularisationAt } from './regularisation.js';
import { retargetPhi } from './retarget.js';
import { type SeriesRole, seriesDirections, seriesTargets } from './series.js';
import { targetRatio } from './target.js';
import { type PlannedTrial, planTrials } from './trials.js';
import { planWarnings } from './warnings.js';

export type { Coefficients, PlannedTrial, RemovedByLimit };

/** `grid`: a point of the search. `depth`, `width`, `resolution`: a single-dimension series. `baseline`: φ = 0. */
export type PointRole = 'grid' | SeriesRole | 'baseline';

export interface PlannedPoint extends Coefficients {
  readonly role: PointRole;
  /** α·β²·γ² to the power φ. */
  readonly nominal: number;
  /** Macs of its network over the baseline's. */
  readonly realised: number;
  readonly networkId: string;
}

export interface PlannedNetwork {
  readonly id: string;
  readonly network: Architecture;
  readonly cost: Cost;
  /** Predicted peak training memory at the recipe's batch, bytes. */
  readonly peakBytes: number;
}

/** What one experiment will train, fixed and hashed before anything is trained. */
export interface Plan {
  readonly spec: ExperimentSpec;
  readonly baseline: Architecture;
  readonly baselineCost: Cost;
  readonly dataset: DatasetSpec;
  readonly recipe: Recipe;
  readonly points: readonly PlannedPoint[];
  readonly networks: readonly PlannedNetwork[];
  readonly trials: readonly PlannedTrial[];
  readonly removed: readonly RemovedByLimit[];
  readonly warnings: readonly string[];
  /** Of what is planned, whatever the order of the file's keys and whatever its prose says; not of predictions and warnings, which may get better. */
  readonly hash: string;
}

/** What the caller knows and the experiment file does not. */
export interface PlanOptions {
  /** Of the dataset; the baseline's when absent. */
  readonly classes?: number;
  readonly channels?: number;
  /** For which engine memory is predicted; `wasm` when absent. */
  readonly engine?: MemoryEngine;
}

interface Candidate extends Coefficients {
  readonly role: PointRole;
  readonly nominal: number;
  readonly merged: MergedNetwork;
}

/**
 * Plans an experiment on a baseline: every grid point that the limits leave, the single-dimension series, the baseline itself, the networks
 * that these round to and one trial for each network and replicate. Throws an `InputError` when the grid or the limits leave no point.
 */
export function makePlan(spec: ExperimentSpec, original: Architecture, options: PlanOptions = {}): Plan {
  const baseline: Architecture = {
    ...original,
    resolutionPx: spec.resolutionPx ?? original.resolutionPx,
    classes: options.classes ?? original.classes,
    channels: options.channels ?? original.channels,
  };
  const memory = memoryOptions(spec.training, options.engine ?? 'wasm');
  const graph = expand(baseline);
  const start: MergedNetwork = {
    id: networkId(baseline),
    network: baseline,
    cost: graphCost(graph),
    peakBytes: predictMemory(graph, memory).peakBytes,
  };
  const { macs } = start.cost;
  const pool = new NetworkPool(
    baseline,
    spec.scaling,
    regularisationAt(baseline.regularisation, spec.grid.phi),
    memory,
  );

  const grid = gridCandidates(spec, pool, macs);
  const { kept, removed } = applyLimits(grid.candidates, ({ merged }) => merged, spec.limits, macs);
  const series = spec.singleDimension ? seriesCandidates(spec, pool, macs, kept) : [];
  const withinLimits = series.filter(({ merged }) => exceededLimits(merged, spec.limits, macs).length === 0);
  const candidates: Candidate[] = [
    { role: 'baseline', alpha: 1, beta: 1, gamma: 1, phi: 0, nominal: 1, merged: start },
    ...kept,
    ...withinLimits,
  ];

  const networks = new Map(candidates.map(({ merged }) => [merged.id, merged]));
  const points = candidates.map(
    ({ merged, ...point }): PlannedPoint => ({ ...point, realised: merged.cost.macs / macs, networkId: merged.id }),
  );
  const trials = planTrials(spec, [...networks.keys()]);
  return {
    spec,
    baseline,
    baselineCost: start.cost,
    dataset: spec.data,
    recipe: spec.training,
    points,
    networks: [...networks.values()],
    trials,
    removed,
    warnings: planWarnings({
      spec,
      baseline: start,
      gridNetworks: kept.map(({ merged }) => merged),
      unreached: grid.unreached,
      seriesLeftOut: series.length - withinLimits.length,
    }),
    hash: planHash(spec, start.id, points, trials),
  };
}

/** The grid's points with their networks, each at its own φ when the experiment asks to retarget. */
function gridCandidates(spec: ExperimentSpec, pool: NetworkPool, baselineMacs: number) {
  const points = enumerateGrid(spec.grid);
  if (!spec.scaling.retarget)
    return { candidates: points.map((point) => candidate('grid', point, pool)), unreached: 0 };
  const target = targetRatio(spec);
  const candidates: Candidate[] = [];
  for (const point of points) {
    const phi = retargetPhi(point, target, (by) => pool.macsAt(by) / baselineMacs);
    if (phi !== undefined) candidates.push(candidate('grid', { ...point, phi }, pool));
  }
  if (candidates.length === 0)
    throw new InputError(
      'no-point',
      `scaling.retarget: expected a point whose direction reaches ×${target} of the baseline's macs, got none of ${points.length}`,
    );
  return { candidates, unreached: points.length - candidates.length };
}

/** Each single dimension at the realised costs of the grid, or at its target where every point was solved for that. */
function seriesCandidates(
  spec: ExperimentSpec,
  pool: NetworkPool,
  baselineMacs: number,
  grid: readonly Candidate[],
): Candidate[] {
  const targets = spec.scaling.retarget
    ? [targetRatio(spec)]
    : seriesTargets(grid.map(({ merged }) => merged.cost.macs / baselineMacs));
  const series = new Map<string, Candidate>();
  for (const role of Object.keys(seriesDirections) as SeriesRole[]) {
    for (const target of targets) {
      const direction = seriesDirections[role];
      const phi = retargetPhi(direction, target, (by) => pool.macsAt(by) / baselineMacs);
      if (phi === undefined) continue;
      const point = candidate(role, { ...direction, phi }, pool);
      series.set(`${role} ${point.merged.id}`, point);
    }
  }
  return [...series.values()];
}

function candidate(role: PointRole, { alpha, beta, gamma, phi }: Coefficients, pool: NetworkPool): Candidate {
  const coefficients = { alpha, beta, gamma, phi };
  return {
    role,
    ...coefficients,
    nominal: nominalProduct(coefficients) ** phi,
    merged: pool.networkAt(multipliers(coefficients)),
  };
}

function planHash(
  { $schema: _schema, question: _question, expected: _expected, cost: _cost, ...spec }: ExperimentSpec,
  baselineId: string,
  points: readonly PlannedPoint[],
  trials: readonly PlannedTrial[],
): string {
  return digestAll([{ ...spec, baseline: baselineId }], points, trials);
}
