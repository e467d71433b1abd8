import type { StoredEpoch } from '../../db/records.js';
import type { Curve } from '../api.js';

/** A trial's epochs in columns. */
export function toCurve(trialId: string, epochs: readonly StoredEpoch[]): Curve {
  return {
    trialId,
    validationAccuracy: epochs.map(({ validationAccuracy }) => validationAccuracy),
    validationLoss: epochs.map(({ validationLoss }) => validationLoss),
    trainLoss: epochs.map(({ trainLoss }) => trainLoss),
  };
}
