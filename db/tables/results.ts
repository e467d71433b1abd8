import {
  checkedOutcome,
  describeOutcome,
  type Retries,
  stateAfter,
  type TrialState,
} from '../../search/plan/outcomes.js';
import type { TrialOutcome } from '../../search/plan/trial.js';
import type { Db } from '../file/database.js';
import type { AttemptState, RecordedEnding } from '../records.js';
import { writeEpoch } from './epochs.js';
import { writeMeasures } from './measures.js';
import type { TrialKey } from './trials.js';

/** How an attempt ended, as a worker reports it. */
export interface ReportedResult {
  readonly trialId: string;
  readonly attempt: number;
  readonly token: string;
  readonly outcome: TrialOutcome;
}

/** What became of a reported result. Only a counted one changed the trial. */
export type RecordedResult =
  | { readonly verdict: 'counted'; readonly outcome: TrialOutcome; readonly state: TrialState }
  /** `duplicate`: the attempt had reported before. `late`: another attempt has replaced it, or it was given up. `unknown`: the store has no such trial. */
  | { readonly verdict: 'duplicate' | 'late' | 'unknown' };

interface Attempt {
  readonly token: string;
  readonly state: AttemptState;
}

const longestMessage = 4000;

/** Queries of the table `endings`. */
export function resultQueries(db: Db) {
  const endings = db.prepare<[number, number], RecordedEnding>(`
    SELECT number, id AS trialId, endings.state, iif(endings.state = 'completed', validation_accuracy, NULL) AS validationAccuracy
    FROM endings JOIN trials ON trials.key = endings.trial LEFT JOIN results ON results.trial = endings.trial
    WHERE search_id = ? AND number > ? ORDER BY number`);
  return {
    /** How the trials of a search ended, in the order in which that was recorded, after the ending with a number (0 for the beginning). */
    endings: (searchId: number, after = 0): RecordedEnding[] => endings.all(searchId, after),
  };
}

/** Changes to the table `results`, and to what follows from a result. */
export function resultChanges(db: Db, keyOf: TrialKey) {
  return { recordResult: recordResult(db, keyOf) };
}

/**
 * Records a result once. The first result with the token of an open attempt ends that attempt and decides what becomes of the trial. So does
 * a completed result of an interrupted attempt, if the trial still waits and no other attempt has begun: its worker could not be told to
 * stop. Any other result is only noted among the events. Call it inside a transaction.
 */
function recordResult(
  db: Db,
  keyOf: TrialKey,
): (result: ReportedResult, retries: Retries, atMs: number) => RecordedResult {
  const find = db.prepare<[number, number], Attempt>(
    'SELECT token, state FROM attempts WHERE trial = ? AND number = ?',
  );
  const end = db.prepare('UPDATE attempts SET state = ?, message = ?, ended_ms = ? WHERE trial = ? AND number = ?');
  const count = db
    .prepare<[number, string], number>(`
    SELECT count(*) FROM attempts JOIN trials ON key = trial
    WHERE trial = ? AND attempts.state = ? AND number > retried_after`)
    .pluck();
  const isFree = db
    .prepare<[number, number], 0 | 1>(`
    SELECT state = 'queued' AND NOT EXISTS (SELECT 1 FROM attempts WHERE trial = key AND number > ?) FROM trials WHERE key = ?`)
    .pluck();
  const setState = db.prepare('UPDATE trials SET state = ? WHERE key = ?');
  const note = db.prepare('INSERT INTO events (at_ms, kind, trial_id, detail) VALUES (?, ?, ?, ?)');
  const complete = completeAttempt(db);
  const pause = pauseAttempt(db);

  function pass(
    verdict: 'duplicate' | 'late' | 'unknown',
    { trialId, attempt, outcome }: ReportedResult,
    atMs: number,
  ): RecordedResult {
    const words = `attempt ${attempt} ${describeOutcome(outcome)}`;
    note.run(atMs, `${verdict}-result`, trialId, words.slice(0, longestMessage));
    return { verdict };
  }

  return (result, retries, atMs) => {
    const trial = keyOf(result.trialId);
    if (trial === undefined) return pass('unknown', result, atMs);
    const attempt = find.get(trial, result.attempt);
    if (attempt?.token !== result.token) return pass('late', result, atMs);
    if (attempt.state === 'interrupted') {
      if (result.outcome.state !== 'completed' || isFree.get(result.attempt, trial) !== 1)
        return pass('late', result, atMs);
    } else if (attempt.state !== 'queued' && attempt.state !== 'running') return pass('duplicate', result, atMs);
    const outcome = checkedOutcome(result.outcome);
    if (outcome.state === 'completed') complete(trial, result.attempt, outcome, atMs);
    else if (outcome.state === 'paused') pause(trial, result.attempt, outcome, atMs);
    else end.run(outcome.state, messageOf(outcome), atMs, trial, result.attempt);
    const times = outcome.state === 'completed' ? 1 : (count.get(trial, outcome.state) ?? 0);
    const state = stateAfter(outcome.state, times, retries);
    setState.run(state, trial);
    return { verdict: 'counted', outcome, state };
  };
}

/** Why an attempt failed, in words. */
function messageOf(outcome: TrialOutcome): string | null {
  if (outcome.state === 'completed' || outcome.state === 'cancelled') return null;
  return describeOutcome(outcome).slice(0, longestMessage);
}

/** Ends an attempt as completed, with everything that it has measured: the result, what it got right and wrong, the curve, and where it ran. */
function completeAttempt(
  db: Db,
): (trial: number, attempt: number, outcome: Extract<TrialOutcome, { state: 'completed' }>, atMs: number) => void {
  const insert = db.prepare(`
    INSERT INTO results (trial, attempt, validation_accuracy, validation_loss, trainable_params, peak_bytes, wall_ms, dataset_digest)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
  const end = db.prepare(`
    UPDATE attempts SET state = 'completed', ended_ms = ?, host = ?, pid = ?, engine = ?, engine_version = ?, device = ?
    WHERE trial = ? AND number = ?`);
  const epoch = writeEpoch(db);
  const measures = writeMeasures(db);

  return (trial, attempt, outcome, atMs) => {
    const { validationAccuracy, validationLoss, trainableParams, peakBytes, wallMs, datasetDigest } = outcome;
    const scores = [validationAccuracy, validationLoss];
    insert.run(trial, attempt, ...scores, trainableParams, peakBytes, wallMs, datasetDigest);
    measures(trial, outcome);
    for (const metrics of outcome.epochs) epoch(trial, attempt, metrics);
    const { host, pid, engine, engineVersion, device } = outcome.provenance;
    end.run(atMs, host, pid, engine, engineVersion, device, trial, attempt);
  };
}

/** Ends an attempt that waits at a rung as `interrupted`, which does not count as a retry, with the curve up to there. */
function pauseAttempt(
  db: Db,
): (trial: number, attempt: number, outcome: Extract<TrialOutcome, { state: 'paused' }>, atMs: number) => void {
  const end = db.prepare(
    "UPDATE attempts SET state = 'interrupted', message = ?, ended_ms = ? WHERE trial = ? AND number = ?",
  );
  const epoch = writeEpoch(db);
  return (trial, attempt, outcome, atMs) => {
    for (const metrics of outcome.epochs) epoch(trial, attempt, metrics);
    end.run(describeOutcome(outcome), atMs, trial, attempt);
  };
}
