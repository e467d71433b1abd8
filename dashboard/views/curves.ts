import type { StoredEpoch } from '../../db/records.js';
import type { Curve, EpochColumns } from '../api.js';

/** A trial's epochs in columns. */
export function toCurve(trialId: string, epochs: readonly StoredEpoch[]): Curve {
  return {
    trialId,
    validationAccuracy: epochs.map(({ validationAccuracy }) => validationAccuracy),
    validationLoss: epochs.map(({ validationLoss }) => validationLoss),
    trainLoss: epochs.map(({ trainLoss }) => trainLoss),
  };
}

/** Epochs in columns, with six significant digits, which are more than a curve or a table shows; `fromColumns` is the way back. */
export function toColumns(epochs: readonly StoredEpoch[]): EpochColumns {
  const column = (name: keyof StoredEpoch) => epochs.map((epoch) => rounded(epoch[name]));
  return {
    epoch: epochs.map(({ epoch }) => epoch),
    trainLoss: column('trainLoss'),
    validationLoss: column('validationLoss'),
    validationAccuracy: column('validationAccuracy'),
    learningRate: column('learningRate'),
    wallMs: column('wallMs'),
    imagesPerSecond: column('imagesPerSecond'),
  };
}

function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(6));
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
