import {
  checkedOutcome,
  describeOutcome,
  type Retries,
  stateAfter,
  type TrialState,
} from '../../search/plan/outcomes.js';
import type { TrialOutcome } from '../../search/plan/trial.js';
import type { Db } from '../database.js';
import type { AttemptState } from '../records.js';
import { completeTrial } from './complete-trial.js';
import { pauseTrial } from './pause-trial.js';
import type { TrialKey } from './trial-key.js';

/** A result as it arrives: which attempt says so, and what. */
export interface ReportedResult {
  readonly trialId: string;
  readonly attempt: number;
  readonly token: string;
  readonly outcome: TrialOutcome;
}

/** What became of a reported result. Only `counted` changed the trial. */
export type RecordedResult =
  | { readonly verdict: 'counted'; readonly outcome: TrialOutcome; readonly state: TrialState }
  /** `duplicate`: this attempt has reported before. `late`: another attempt has replaced it, or it was given up. `unknown`: no such trial here. */
  | { readonly verdict: 'duplicate' | 'late' | 'unknown' };

interface Attempt {
  readonly token: string;
  readonly state: AttemptState;
}

const longestMessage = 4000;

/**
 * Records a result once. The first result with the token of an open attempt ends that attempt and decides what becomes of the trial; so does
 * a completed one of an attempt that was interrupted, as long as the trial waits and no other attempt has begun: its worker could not be
 * told. Every other is noted among the events and changes nothing. Call it inside a transaction.
 */
export function recordResult(
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
  const complete = completeTrial(db);
  const pause = pauseTrial(db);

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

/** Why an attempt ended unhappily, in words. */
function messageOf(outcome: TrialOutcome): string | null {
  if (outcome.state === 'completed' || outcome.state === 'cancelled') return null;
  return describeOutcome(outcome).slice(0, longestMessage);
}
