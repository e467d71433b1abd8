import type { Db } from '../database.js';
import type { StoredEpoch } from '../records.js';

const columns = `epoch, train_loss AS trainLoss, validation_loss AS validationLoss, validation_accuracy AS validationAccuracy,
  learning_rate AS learningRate, wall_ms AS wallMs, images_per_second AS imagesPerSecond`;

/** The curve of one trial, by epoch; empty for a trial without an epoch. */
export function readCurve(db: Db): (trialId: string) => StoredEpoch[] {
  const curve = db.prepare<[string], StoredEpoch>(
    `SELECT ${columns} FROM epochs WHERE trial = (SELECT key FROM trials WHERE id = ?) ORDER BY epoch`,
  );
  return (trialId) => curve.all(trialId);
}

/** The curves of all trials of a search that have one, by trial id. */
export function readCurves(db: Db): (searchId: number) => Map<string, StoredEpoch[]> {
  const epochs = db.prepare<[number], StoredEpoch & { trialId: string }>(`
    SELECT trials.id AS trialId, ${columns}
    FROM search_trials JOIN trials ON trials.key = search_trials.trial JOIN epochs ON epochs.trial = trials.key
    WHERE search_id = ? ORDER BY position, epoch`);
  return (searchId) => {
    const curves = new Map<string, StoredEpoch[]>();
    for (const { trialId, ...epoch } of epochs.all(searchId)) {
      const curve = curves.get(trialId);
      if (curve) curve.push(epoch);
      else curves.set(trialId, [epoch]);
    }
    return curves;
  };
}
