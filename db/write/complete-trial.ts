import type { TrialOutcome } from '../../search/plan/trial.js';
import { toCells } from '../confusion.js';
import type { Db } from '../database.js';
import { toMistakeRows } from '../mistakes.js';
import { writeEpoch } from './record-epoch.js';

/** Ends an attempt as completed, with what it has measured: the result, the confusion counts, a sample of mistakes, the whole curve, and where it ran. */
export function completeTrial(
  db: Db,
): (trial: number, attempt: number, outcome: Extract<TrialOutcome, { state: 'completed' }>, atMs: number) => void {
  const insertResult = db.prepare('INSERT INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  const insertConfusion = db.prepare('INSERT INTO confusion VALUES (?, ?, ?)');
  const insertMistakes = db.prepare('INSERT INTO mistakes VALUES (?, ?)');
  const end = db.prepare(`
    UPDATE attempts SET state = 'completed', ended_ms = ?, host = ?, pid = ?, engine = ?, engine_version = ?, device = ? WHERE trial = ? AND number = ?`);
  const write = writeEpoch(db);

  return (trial, attempt, outcome, atMs) => {
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
    const { classes, cells } = outcome.confusionCells ?? {
      classes: outcome.confusion.length,
      cells: toCells(outcome.confusion),
    };
    insertConfusion.run(trial, classes, JSON.stringify(cells));
    if (outcome.mistakes) insertMistakes.run(trial, JSON.stringify(toMistakeRows(outcome.mistakes)));
    for (const metrics of outcome.epochs) write(trial, attempt, metrics);
    const { host, pid, engine, engineVersion, device } = outcome.provenance;
    end.run(atMs, host, pid, engine, engineVersion, device, trial, attempt);
  };
}
