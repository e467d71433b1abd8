import type { Db } from '../database.js';
import type { TrialKey } from './trial-key.js';

/**
 * Gives an unfinished trial an attempt of its own with a fresh fencing token and returns the attempt's number; the trial is `queued`
 * afterwards. An attempt that nobody has started yet keeps its number and only changes its token; one that was running is closed as
 * `interrupted`, which no retry is counted for. From now on a result with an older token is late.
 */
export function openAttempt(db: Db, keyOf: TrialKey): (trialId: string, token: string, atMs: number) => number {
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
    const trial = keyOf(trialId);
    if (trial === undefined) throw new RangeError(`no trial ${trialId}`);
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
