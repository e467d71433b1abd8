import type { TrialOutcome } from '../../search/trial.js';
import { toCells } from '../confusion.js';
import type { Db } from '../database.js';
import { writeEpoch } from './record-epoch.js';

/** Writes what an attempt that came to its end has measured: the result, the confusion counts, the whole curve, and where it ran. */
export function completeTrial(
  db: Db,
): (trial: number, attempt: number, outcome: Extract<TrialOutcome, { state: 'completed' }>) => void {
  const insertResult = db.prepare('INSERT INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  const insertConfusion = db.prepare('INSERT INTO confusion VALUES (?, ?, ?)');
  const setProvenance = db.prepare(`
    UPDATE attempts SET host = ?, pid = ?, engine = ?, engine_version = ?, device = ? WHERE trial = ? AND number = ?`);
  const write = writeEpoch(db);

  return (trial, attempt, outcome) => {
    const { validationAccuracy, validationLoss, trainableParams, peakBytes, wallMs, datasetDigest } = outcome;
    insertResult.run(
      trial,
      attempt,
      validationAccuracy,
      validationLoss,
      trainableParams,
      peakBytes,
      wallMs,
      datasetDigest,
    );
    insertConfusion.run(trial, outcome.confusion.length, JSON.stringify(toCells(outcome.confusion)));
    for (const metrics of outcome.epochs) write(trial, attempt, metrics);
    const { host, pid, engine, engineVersion, device } = outcome.provenance;
    setProvenance.run(host, pid, engine, engineVersion, device, trial, attempt);
  };
}
