import type { Architecture } from './architecture.js';
import type { Coefficients } from './coefficients.js';
import type { Cost } from './cost.js';
import type { DatasetSpec } from './dataset.js';
import type { ExperimentSpec } from './experiment.js';
import type { Recipe } from './recipe.js';

export type { Coefficients };

/** `grid`: a point of the search. `depth`, `width`, `resolution`: a single-dimension series. `baseline`: φ = 0. */
export type PointRole = 'grid' | 'depth' | 'width' | 'resolution' | 'baseline';

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

export interface PlannedTrial {
  /** Hash of network, recipe, dataset, seed. */
  readonly id: string;
  readonly networkId: string;
  /** 0, 1, … : which training of this network. */
  readonly replicate: number;
  readonly seed: number;
}

export interface RemovedByLimit {
  readonly limit: string;
  readonly max: number;
  readonly points: number;
  /** By which factor the nearest and the furthest removed point exceeded the limit. */
  readonly overBy: { readonly min: number; readonly max: number };
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
  /** Of everything above but the warnings. */
  readonly hash: string;
}
