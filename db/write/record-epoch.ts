import type { EpochMetrics } from '../../search/trial.js';
import type { Db } from '../database.js';

/**
 * Records the curve of a trial, one epoch of an open attempt. Returns false, and changes nothing, when the token is not that of an open
 * attempt of this trial. An epoch that a resumed attempt repeats replaces the earlier one.
 */
export function recordEpoch(db: Db): (trialId: string, token: string, metrics: EpochMetrics) => boolean {
  const insert = db.prepare(`
    INSERT OR REPLACE INTO epochs
    SELECT trial_id, :epoch, number, :trainLoss, :validationLoss, :validationAccuracy, :learningRate, :wallMs, :imagesPerSecond
    FROM attempts WHERE token = :token AND trial_id = :trialId AND state IN ('queued', 'running')`);
  return (trialId, token, metrics) => insert.run({ trialId, token, ...epochColumns(metrics) }).changes === 1;
}

/** Writes the whole curve of a finished attempt, whatever was recorded on the way. */
export function replaceCurve(db: Db): (trialId: string, attempt: number, epochs: readonly EpochMetrics[]) => void {
  const remove = db.prepare('DELETE FROM epochs WHERE trial_id = ?');
  const insert = db.prepare(`
    INSERT INTO epochs
    VALUES (:trialId, :epoch, :attempt, :trainLoss, :validationLoss, :validationAccuracy, :learningRate, :wallMs, :imagesPerSecond)`);
  return (trialId, attempt, epochs) => {
    remove.run(trialId);
    for (const metrics of epochs) insert.run({ trialId, attempt, ...epochColumns(metrics) });
  };
}

/** A measure that is NaN or infinite is no number: NULL. */
function epochColumns(metrics: EpochMetrics): Record<keyof EpochMetrics, number | null> {
  return {
    epoch: metrics.epoch,
    trainLoss: finite(metrics.trainLoss),
    validationLoss: finite(metrics.validationLoss),
    validationAccuracy: share(metrics.validationAccuracy),
    learningRate: finite(metrics.learningRate),
    wallMs: finite(metrics.wallMs),
    imagesPerSecond: finite(metrics.imagesPerSecond),
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function share(value: number): number | null {
  return value >= 0 && value <= 1 ? value : null;
}
