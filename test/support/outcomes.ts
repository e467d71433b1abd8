import type { EpochMetrics, Provenance, TrialOutcome } from '../../search/plan/trial.js';

export type CompletedOutcome = Extract<TrialOutcome, { state: 'completed' }>;

export const provenance: Provenance = {
  host: 'here',
  pid: 7,
  engine: 'wasm',
  engineVersion: '4.22.0',
  device: 'a processor',
};

/** What a worker would measure after an epoch. */
export function epochMetrics(epoch: number, fields: Partial<EpochMetrics> = {}): EpochMetrics {
  return {
    epoch,
    trainLoss: 1 / epoch,
    validationLoss: 1.1 / epoch,
    validationAccuracy: 1 - 0.5 / epoch,
    learningRate: 0.1,
    wallMs: 12.5,
    imagesPerSecond: 800,
    ...fields,
  };
}

/** A training of two epochs that came to its end. */
export function completedOutcome(fields: Partial<CompletedOutcome> = {}): CompletedOutcome {
  return {
    state: 'completed',
    validationAccuracy: 0.75,
    validationLoss: 0.55,
    confusion: [
      [5, 0, 1],
      [0, 6, 0],
      [2, 0, 4],
    ],
    mistakes: [
      { image: 16, truth: 2, predicted: 0, probability: 0.91 },
      { image: 4, truth: 0, predicted: 2, probability: 0.75 },
      { image: 13, truth: 2, predicted: 0, probability: 0.5 },
    ],
    epochs: [epochMetrics(1), epochMetrics(2)],
    trainableParams: 1234,
    peakBytes: 1e7,
    wallMs: 25,
    datasetDigest: 'd1',
    provenance,
    ...fields,
  };
}
