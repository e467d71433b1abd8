import type { Candidate } from '../../../search/evidence/candidate.js';
import type { PointRole } from '../../../search/plan/plan.js';
import { nominalProduct } from '../../../search/scaling/coefficients.js';

/** What a test says of a candidate; the rest is filled in. */
export interface CandidateSketch {
  readonly id: string;
  /** By replicate; null for a trial that ended without an accuracy. */
  readonly accuracies: readonly (number | null)[];
  readonly alpha?: number;
  readonly beta?: number;
  readonly gamma?: number;
  readonly role?: PointRole;
  readonly macs?: number;
  readonly activations?: number;
  readonly curve?: readonly number[];
}

/** A candidate with one point and finished trials, for tests of what works on candidates. */
export function candidate(sketch: CandidateSketch): Candidate {
  const { id, accuracies, alpha = 1.2, beta = 1.1, gamma = 1.15, role = 'grid' } = sketch;
  const { macs = 1000, activations = 100, curve = [] } = sketch;
  const nominal = nominalProduct({ alpha, beta, gamma });
  return {
    networkId: id,
    cost: { macs, params: 10, activations },
    multipliers: { depth: alpha, width: beta, resolution: gamma },
    peakBytes: 1,
    points: [{ alpha, beta, gamma, phi: 1, role, nominal, realised: macs / 500, networkId: id }],
    trials: accuracies.map((accuracy, replicate) =>
      accuracy === null
        ? { networkId: id, replicate, state: 'failed', what: 'diverged at epoch 3' }
        : { networkId: id, replicate, state: 'completed', accuracy, curve },
    ),
  };
}
