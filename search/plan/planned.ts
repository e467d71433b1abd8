import type { Cost } from '../cost/counts.js';
import type { Saving } from '../cost/saving.js';
import type { Architecture } from '../network/architecture.js';
import type { Coefficients } from '../scaling/coefficients.js';
import type { SeriesRole } from '../scaling/series.js';

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

/** A network that is trained: planned beforehand, or proposed during the search. */
export interface PlannedNetwork {
  readonly id: string;
  readonly network: Architecture;
  readonly cost: Cost;
  /** How its trainings save memory: not at all where it fits. */
  readonly saving: Saving;
  /** Predicted peak memory of such a training at the recipe's batch, bytes. */
  readonly peakBytes: number;
}

export interface PlannedTrial {
  /** Hash of network, recipe, dataset, seed and micro-batches: of everything that its result depends on but the content of the data. */
  readonly id: string;
  readonly networkId: string;
  /** 0, 1, … : which training of this network. */
  readonly replicate: number;
  readonly seed: number;
}
