import type { StoredEpoch } from '../../db/records.js';
import type { EpochColumns } from '../api.js';

/** Epochs in columns; `fromColumns` is the way back. */
export function toColumns(epochs: readonly StoredEpoch[]): EpochColumns {
  return {
    epoch: epochs.map(({ epoch }) => epoch),
    trainLoss: epochs.map(({ trainLoss }) => trainLoss),
    validationLoss: epochs.map(({ validationLoss }) => validationLoss),
    validationAccuracy: epochs.map(({ validationAccuracy }) => validationAccuracy),
    learningRate: epochs.map(({ learningRate }) => learningRate),
    wallMs: epochs.map(({ wallMs }) => wallMs),
    imagesPerSecond: epochs.map(({ imagesPerSecond }) => imagesPerSecond),
  };
}

export function fromColumns(columns: EpochColumns): StoredEpoch[] {
  return columns.epoch.map((epoch, i) => ({
    epoch,
    trainLoss: columns.trainLoss[i] ?? null,
    validationLoss: columns.validationLoss[i] ?? null,
    validationAccuracy: columns.validationAccuracy[i] ?? null,
    learningRate: columns.learningRate[i] ?? null,
    wallMs: columns.wallMs[i] ?? null,
    imagesPerSecond: columns.imagesPerSecond[i] ?? null,
  }));
}
