import type { Provenance } from '../../search/plan/trial.js';
import type { Db } from '../file/database.js';
import type { FailedAttempt, StoredAttempt, UnfinishedTrial } from '../records.js';
import { noTrial, type TrialKey } from './trials.js';

/** The beginning of an attempt, as a worker reports it. */
export interface StartedAttempt {
  readonly trialId: string;
  readonly attempt: number;
  readonly token: string;
  readonly provenance: Provenance;
  readonly resumedAtEpoch: number;
}

interface Begun {
  readonly state: 'queued' | 'running';
  readonly host: string | null;
  readonly pid: number | null;
  readonly resumedAtEpoch: number | null;
}

interface Waiting {
  readonly number: number;
  readonly token: string;
  readonly state: string;
  readonly hasStarted: 0 | 1;
}

/** Queries of the table `attempts`. */
export function attemptQueries(db: Db) {
  const attempts = db.prepare<[number], StoredAttempt>(`
    SELECT trials.id AS trialId, number, attempts.state, message, queued_ms AS queuedMs, started_ms AS startedMs, ended_ms AS endedMs,
      resumed_at_epoch AS resumedAtEpoch, host, pid, engine, engine_version AS engineVersion, device
    FROM search_trials JOIN trials ON trials.key = search_trials.trial JOIN attempts ON attempts.trial = trials.key
    WHERE search_id = ? ORDER BY position, number`);
  const failed = db.prepare<[number], FailedAttempt>(`
    SELECT trials.id AS trialId, number, attempts.state AS outcome, message, host, ended_ms AS endedMs
    FROM search_trials JOIN trials ON trials.key = search_trials.trial JOIN attempts ON attempts.trial = trials.key
    WHERE search_id = ? AND attempts.state NOT IN ('queued', 'running', 'completed') ORDER BY position, number`);

  return {
    /** Every attempt at the trials of a search: by trial in the plan's order, then by number. */
    attempts: (searchId: number): StoredAttempt[] => attempts.all(searchId),

    /** The attempts of a search that failed or were interrupted, in the same order. */
    failedAttempts: (searchId: number): FailedAttempt[] => failed.all(searchId),
  };
}

/** Changes to the table `attempts`. */
export function attemptChanges(db: Db, keyOf: TrialKey) {
  return {
    openAttempt: openAttempt(db, keyOf),
    reopenAttempt: reopenAttempt(db, keyOf),
    startAttempt: startAttempt(db, keyOf),
    interruptAttempts: interruptAttempts(db),
  };
}

/**
 * Gives an unfinished trial an attempt of its own with a fresh fencing token, and returns the attempt's number; the trial is `queued`
 * afterwards. An attempt that no worker has started keeps its number and only changes its token; one that was running is closed as
 * `interrupted`, which does not count as a retry. From now on a result with an older token is late.
 */
function openAttempt(db: Db, keyOf: TrialKey): (trialId: string, token: string, atMs: number) => number {
  const last = db.prepare<[number], { number: number; state: string }>(
    'SELECT number, state FROM attempts WHERE trial = ? ORDER BY number DESC LIMIT 1',
  );
  const changeToken = db.prepare('UPDATE attempts SET token = ?, queued_ms = ? WHERE trial = ? AND number = ?');
  const interrupt = db.prepare(
    "UPDATE attempts SET state = 'interrupted', ended_ms = ? WHERE trial = ? AND number = ?",
  );
  const insert = db.prepare('INSERT INTO attempts (trial, number, token, queued_ms) VALUES (?, ?, ?, ?)');
  const queue = db.prepare("UPDATE trials SET state = 'queued' WHERE key = ? AND state <> 'queued'");

  return (trialId, token, atMs) => {
    const trial = keyOf(trialId) ?? noTrial(trialId);
    queue.run(trial);
    const attempt = last.get(trial);
    if (attempt?.state === 'queued') {
      changeToken.run(token, atMs, trial, attempt.number);
      return attempt.number;
    }
    if (attempt?.state === 'running') interrupt.run(atMs, trial, attempt.number);
    const number = (attempt?.number ?? 0) + 1;
    insert.run(trial, number, token, atMs);
    return number;
  };
}

/**
 * Opens the last attempt of a queued trial again, with its token, if it was interrupted: a worker that could not be told to stop may still
 * be training it. Returns the attempt; returns null, and changes nothing, if there is no such attempt.
 */
function reopenAttempt(db: Db, keyOf: TrialKey): (trialId: string) => UnfinishedTrial['attempt'] {
  const last = db.prepare<[number], Waiting>(`
    SELECT number, token, attempts.state, started_ms IS NOT NULL AS hasStarted
    FROM attempts JOIN trials ON key = trial WHERE trial = ? AND trials.state = 'queued' ORDER BY number DESC LIMIT 1`);
  const open = db.prepare('UPDATE attempts SET state = ?, ended_ms = NULL WHERE trial = ? AND number = ?');
  const setState = db.prepare('UPDATE trials SET state = ? WHERE key = ?');
  return (trialId) => {
    const trial = keyOf(trialId);
    const attempt = trial === undefined ? undefined : last.get(trial);
    if (trial === undefined || attempt?.state !== 'interrupted') return null;
    const { number, token } = attempt;
    const state = attempt.hasStarted === 1 ? 'running' : 'queued';
    open.run(state, trial, number);
    setState.run(state, trial);
    return { number, token, state };
  };
}

/**
 * Records that a worker has begun an attempt. Epochs past the one that it resumes from belong to an earlier attempt that got further than its
 * checkpoint, and are removed. Returns false, and changes nothing, if the token is not that of an open attempt; a repeated report changes
 * nothing either.
 */
function startAttempt(db: Db, keyOf: TrialKey): (started: StartedAttempt, atMs: number) => boolean {
  const find = db.prepare<[number, number, string], Begun>(`
    SELECT state, host, pid, resumed_at_epoch AS resumedAtEpoch FROM attempts
    WHERE trial = ? AND number = ? AND token = ? AND state IN ('queued', 'running')`);
  const start = db.prepare(`
    UPDATE attempts SET state = 'running', started_ms = ?, resumed_at_epoch = ?,
      host = ?, pid = ?, engine = ?, engine_version = ?, device = ?
    WHERE trial = ? AND number = ?`);
  const forget = db.prepare('DELETE FROM epochs WHERE trial = ? AND epoch > ?');
  const run = db.prepare("UPDATE trials SET state = 'running' WHERE key = ?");

  return ({ trialId, attempt, token, provenance, resumedAtEpoch }, atMs) => {
    const trial = keyOf(trialId);
    const open = trial === undefined ? undefined : find.get(trial, attempt, token);
    if (!open) return false;
    const { host, pid, engine, engineVersion, device } = provenance;
    const isRepeated = open.host === host && open.pid === pid && open.resumedAtEpoch === resumedAtEpoch;
    if (open.state === 'running' && isRepeated) return true;
    start.run(atMs, resumedAtEpoch, host, pid, engine, engineVersion, device, trial, attempt);
    forget.run(trial, resumedAtEpoch);
    run.run(trial);
    return true;
  };
}

/**
 * Closes the running attempts of a search that was stopped, or of some of its trials, as `interrupted`, and queues their trials again.
 * Returns the number of attempts.
 */
function interruptAttempts(db: Db): (searchId: number, atMs: number, trialIds?: readonly string[]) => number {
  const find = `
    SELECT trial FROM search_trials JOIN trials ON key = trial
    WHERE search_id = :searchId AND (:ids IS NULL OR trials.id IN (SELECT value FROM json_each(:ids)))`;
  const interrupt = db.prepare(`
    UPDATE attempts SET state = 'interrupted', ended_ms = :atMs WHERE state = 'running' AND trial IN (${find})`);
  const requeue = db.prepare(`UPDATE trials SET state = 'queued' WHERE state = 'running' AND key IN (${find})`);
  return db.transaction((searchId: number, atMs: number, trialIds?: readonly string[]) => {
    const wanted = { searchId, ids: trialIds ? JSON.stringify(trialIds) : null };
    const { changes } = interrupt.run({ ...wanted, atMs });
    requeue.run(wanted);
    return changes;
  }).immediate;
}
