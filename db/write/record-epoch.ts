import type { EpochMetrics } from '../../search/plan/trial.js';
import type { Db } from '../database.js';
import type { TrialKey } from './trial-key.js';

/** An epoch of an attempt, as it arrives. */
export interface ReportedEpoch {
  readonly trialId: string;
  readonly attempt: number;
  readonly token: string;
  readonly metrics: EpochMetrics;
}

/**
 * Records one epoch of an open attempt. Returns false, and changes nothing, when the token is not that of an open attempt of this trial.
 * An epoch that a resumed attempt repeats replaces the earlier one.
 */
export function recordEpoch(db: Db, keyOf: TrialKey): (epoch: ReportedEpoch) => boolean {
  const isOpen = db
    .prepare("SELECT 1 FROM attempts WHERE trial = ? AND number = ? AND token = ? AND state IN ('queued', 'running')")
    .pluck();
  const write = writeEpoch(db);
  return ({ trialId, attempt, token, metrics }) => {
    const trial = keyOf(trialId);
    if (trial === undefined || isOpen.get(trial, attempt, token) === undefined) return false;
    write(trial, attempt, metrics);
    return true;
  };
}

/** Writes an epoch of the trial with this key. A measure that is NaN or infinite is no number: NULL. */
export function writeEpoch(db: Db): (trial: number, attempt: number, metrics: EpochMetrics) => void {
  const upsert = db.prepare('INSERT OR REPLACE INTO epochs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  return (trial, attempt, metrics) => {
    const { epoch, trainLoss, validationLoss, validationAccuracy, learningRate, wallMs, imagesPerSecond } = metrics;
    const losses = [finite(trainLoss), finite(validationLoss), share(validationAccuracy)];
    upsert.run(trial, epoch, attempt, ...losses, finite(learningRate), finite(wallMs), finite(imagesPerSecond));
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function share(value: number): number | null {
  return value >= 0 && value <= 1 ? value : null;
}
