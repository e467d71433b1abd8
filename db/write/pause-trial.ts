import { describeOutcome } from '../../search/plan/outcomes.js';
import type { TrialOutcome } from '../../search/plan/trial.js';
import type { Db } from '../database.js';
import { writeEpoch } from './record-epoch.js';

/** Ends an attempt that waits at a rung: as `interrupted`, which no retry is counted for, with the curve up to there. */
export function pauseTrial(
  db: Db,
): (trial: number, attempt: number, outcome: Extract<TrialOutcome, { state: 'paused' }>, atMs: number) => void {
  const end = db.prepare(
    "UPDATE attempts SET state = 'interrupted', message = ?, ended_ms = ? WHERE trial = ? AND number = ?",
  );
  const write = writeEpoch(db);
  return (trial, attempt, outcome, atMs) => {
    for (const metrics of outcome.epochs) write(trial, attempt, metrics);
    end.run(describeOutcome(outcome), atMs, trial, attempt);
  };
}
