import type { Db } from '../database.js';

/**
 * Gives an unfinished trial an attempt of its own with a fresh fencing token and returns the attempt's number; the trial is `queued`
 * afterwards. An attempt that nobody has started yet keeps its number and only changes its token; one that was running is closed as
 * `interrupted`, which no retry is counted for. From now on a result with an older token is late.
 */
export function openAttempt(db: Db): (trialId: string, token: string, atMs: number) => number {
  const last = db.prepare<[string], { number: number; state: string }>(
    'SELECT number, state FROM attempts WHERE trial_id = ? ORDER BY number DESC LIMIT 1',
  );
  const changeToken = db.prepare('UPDATE attempts SET token = ?, queued_ms = ? WHERE trial_id = ? AND number = ?');
  const interrupt = db.prepare(
    "UPDATE attempts SET state = 'interrupted', ended_ms = ? WHERE trial_id = ? AND number = ?",
  );
  const insert = db.prepare('INSERT INTO attempts (trial_id, number, token, queued_ms) VALUES (?, ?, ?, ?)');
  const queue = db.prepare("UPDATE trials SET state = 'queued' WHERE id = ? AND state <> 'queued'");

  return (trialId, token, atMs) => {
    const attempt = last.get(trialId);
    queue.run(trialId);
    if (attempt?.state === 'queued') {
      changeToken.run(token, atMs, trialId, attempt.number);
      return attempt.number;
    }
    if (attempt?.state === 'running') interrupt.run(atMs, trialId, attempt.number);
    const number = (attempt?.number ?? 0) + 1;
    insert.run(trialId, number, token, atMs);
    return number;
  };
}
