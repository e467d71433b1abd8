import type { Candidate } from '../../../search/evidence/candidate.js';
import { resolveNetwork } from '../../../search/network/presets.js';
import { parseExperiment } from '../../../search/plan/experiment.js';
import { enumerateGrid } from '../../../search/plan/grid.js';
import { makePlan, type Plan } from '../../../search/plan/plan.js';
import type { Multipliers } from '../../../search/scaling/coefficients.js';
import { candidate } from './candidates.js';

const minimal = { name: 'planted', question: '?', baseline: 'efficientnet-b0', data: { source: 'shapes' } };

/** The points of the paper's grid, |α·β²·γ² − 2| ≤ 0.1 in steps of 0.05. */
export function gridMultipliers(grid: Readonly<Record<string, unknown>> = {}): Multipliers[] {
  const spec = parseExperiment({ ...minimal, grid });
  return enumerateGrid(spec.grid).map(({ alpha, beta, gamma }) => ({ depth: alpha, width: beta, resolution: gamma }));
}

/** One candidate per point, as if nothing were rounded: its accuracy is a function of its multipliers and its macs. */
export function gridCandidates(
  points: readonly Multipliers[],
  accuracy: (multipliers: Multipliers, macs: number, i: number) => readonly number[],
): Candidate[] {
  return points.map((multipliers, i) => {
    const { depth: alpha, width: beta, resolution: gamma } = multipliers;
    const macs = 4e8 * alpha * beta ** 2 * gamma ** 2;
    return candidate({ id: `n${i}`, alpha, beta, gamma, macs, accuracies: accuracy(multipliers, macs, i) });
  });
}

/** The paper's φ = 1 plan on EfficientNet-B0: 65 networks with realised costs from ×1.93 to ×3.33. */
export function paperPlan(): Plan {
  const spec = parseExperiment({ ...minimal, grid: {}, singleDimension: false });
  return makePlan(spec, resolveNetwork('efficientnet-b0'));
}
