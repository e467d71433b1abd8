import { InputError } from '../base/errors.js';
import { type Cost, graphCost } from '../cost/counts.js';
import { type EngineName, isEngineName } from '../cost/engine-memory.js';
import { type MemoryOptions, memoryOptions, predictMemory } from '../cost/memory-model.js';
import type { Architecture } from '../network/architecture.js';
import { expand } from '../network/graph.js';
import { presets } from '../network/presets.js';
import type { TrialState } from '../plan/outcomes.js';
import type { Plan } from '../plan/plan.js';
import { type Coefficients, type Multipliers, multipliers } from '../scaling/coefficients.js';
import { regularisationAt } from '../scaling/regularisation.js';
import { retargetPhi } from '../scaling/retarget.js';
import { type RoundingOptions, scaleArchitecture } from '../scaling/scaling.js';
import { type SeriesRole, seriesDirections } from '../scaling/series.js';

/** How a member of a family was scaled: by the chosen coefficients, in a single dimension, or by Dollár's fast rule. */
export type FamilyRule = 'compound' | SeriesRole | 'fast';

export interface FamilyMember {
  readonly rule: FamilyRule;
  /** Of the chosen coefficients; that of the member it is compared with, for the other rules. */
  readonly phi: number;
  /** Before rounding. */
  readonly multipliers: Multipliers;
  readonly network: Architecture;
  readonly cost: Cost;
  /** Macs over the baseline's. */
  readonly realised: number;
  /** Predicted peak training memory, bytes. */
  readonly peakBytes: number;
}

export interface FamilyOptions extends RoundingOptions {
  readonly memory: MemoryOptions;
}

/** A trial of a search; a completed one says on which engine it was trained. */
export type FamilyTrial = { readonly networkId: string } & (
  | { readonly state: 'completed'; readonly result: { readonly engine: string } }
  | { readonly state: Exclude<TrialState, 'completed'> }
);

/** How the members of a search's family are rounded, and the engine that their memory is predicted for (see `familyEngine`). */
export function familyOptions(
  plan: Pick<Plan, 'spec' | 'recipe'>,
  trials: readonly FamilyTrial[],
  chosenId: string | null,
): FamilyOptions {
  const { rounding, resolutionMultiple } = plan.spec.scaling;
  return { rounding, resolutionMultiple, memory: memoryOptions(plan.recipe, familyEngine(trials, chosenId)) };
}

/**
 * The most frequent engine among the completed trials of the chosen network, the first of equals; where it has none, among those of the
 * whole search. `wasm`, which runs everywhere, while nothing has been trained on an engine whose memory is known.
 */
export function familyEngine(trials: readonly FamilyTrial[], chosenId: string | null): EngineName {
  const enginesOf = (wanted: (trial: FamilyTrial) => boolean): EngineName[] =>
    trials.flatMap((trial) => {
      const engine = trial.state === 'completed' && wanted(trial) ? trial.result.engine : undefined;
      return isEngineName(engine) ? [engine] : [];
    });
  return (
    mostFrequent(enginesOf(({ networkId }) => networkId === chosenId)) ?? mostFrequent(enginesOf(() => true)) ?? 'wasm'
  );
}

function mostFrequent<T>(values: readonly T[]): T | undefined {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0];
}

/** The members of the chosen coefficients at each φ, with exact costs and predicted memory. */
export function makeFamily(
  baseline: Architecture,
  coefficients: Omit<Coefficients, 'phi'>,
  phis: readonly number[],
  options: FamilyOptions,
): FamilyMember[] {
  return phis.map((phi) => makeMember('compound', phi, multipliers({ ...coefficients, phi }), baseline, options));
}

/**
 * What to compare a member with at its realised macs: depth alone, width alone, resolution alone (arXiv 1905.11946, figure 8), and the fast
 * rule. A rule that cannot reach the cost with a network that can be built is left out.
 */
export function rivalsOf(member: FamilyMember, baseline: Architecture, options: FamilyOptions): FamilyMember[] {
  if (member.realised === 1) return [];
  const baselineMacs = graphCost(expand(baseline)).macs;
  const realisedAt = (by: Multipliers) =>
    graphCost(expand(scaleArchitecture(baseline, by, options))).macs / baselineMacs;
  return Object.entries({ ...seriesDirections, fast: fastDirection }).flatMap(([rule, direction]) => {
    try {
      const phi = retargetPhi(direction, member.realised, realisedAt);
      if (phi === undefined) return [];
      return [makeMember(rule as FamilyRule, member.phi, multipliers({ ...direction, phi }), baseline, options)];
    } catch (error) {
      // On the way there it would be deeper, wider or larger than any network may be.
      if (error instanceof InputError) return [];
      throw error;
    }
  });
}

/**
 * Dollár, Singh and Girshick 2021, the fast rule dWr: d = s^0.1, w = √(s^0.8) = s^0.4, r = √(s^0.1) = s^0.05 for s times the macs, so that
 * activations grow as s^0.6 only. As a direction with s = 2 per unit of φ.
 */
export const fastDirection = { alpha: 2 ** 0.1, beta: 2 ** 0.4, gamma: 2 ** 0.05 } as const;

/** Why a published family is not what its coefficients give. */
export const publishedFamilyNote =
  'The published B1 to B7 are not α^φ, β^φ, γ^φ of (1.2, 1.1, 1.15) at any one φ: their authors list width, depth and resolution for each, ' +
  'rounded by hand, and no φ. B1 keeps the width of B0, and the φ that the depth, the width and the resolution of one network stand for differ.';

export interface PublishedMember {
  readonly name: string;
  readonly multipliers: Multipliers;
  readonly resolutionPx: number;
  /** The φ that each multiplier alone stands for: log d / log α, log w / log β, log r / log γ; null where the coefficient is 1. */
  readonly phiFrom: Readonly<Record<keyof Multipliers, number | null>>;
}

/** The published members of a baseline, to be shown beside a family. */
export function publishedFamily(
  baseline: Pick<Architecture, 'name' | 'resolutionPx'>,
  coefficients: Omit<Coefficients, 'phi'>,
): PublishedMember[] {
  const phi = (multiplier: number, coefficient: number) =>
    coefficient === 1 ? null : Math.log(multiplier) / Math.log(coefficient);
  return Object.entries(presets)
    .filter(([, preset]) => preset.baseline === baseline.name)
    .map(([name, { depth, width, resolutionPx }]) => {
      const resolution = resolutionPx / baseline.resolutionPx;
      return {
        name,
        multipliers: { depth, width, resolution },
        resolutionPx,
        phiFrom: {
          depth: phi(depth, coefficients.alpha),
          width: phi(width, coefficients.beta),
          resolution: phi(resolution, coefficients.gamma),
        },
      };
    });
}

function makeMember(
  rule: FamilyRule,
  phi: number,
  by: Multipliers,
  baseline: Architecture,
  options: FamilyOptions,
): FamilyMember {
  const regularisation = regularisationAt(baseline.regularisation, phi);
  const network = scaleArchitecture(baseline, by, { ...options, regularisation });
  const graph = expand(network);
  const cost = graphCost(graph);
  return {
    rule,
    phi,
    multipliers: by,
    network,
    cost,
    realised: cost.macs / graphCost(expand(baseline)).macs,
    peakBytes: predictMemory(graph, options.memory).peakBytes,
  };
}
