import type { Db } from '../database.js';
import type { StoredAttempt } from '../records.js';

/** Every attempt at the trials of a search: by trial in the plan's order, then by number. */
export function readAttempts(db: Db): (searchId: number) => StoredAttempt[] {
  const attempts = db.prepare<[number], StoredAttempt>(`
    SELECT trials.id AS trialId, number, attempts.state, message, queued_ms AS queuedMs, started_ms AS startedMs, ended_ms AS endedMs,
      resumed_at_epoch AS resumedAtEpoch, host, pid, engine, engine_version AS engineVersion, device
    FROM search_trials JOIN trials ON trials.key = search_trials.trial JOIN attempts ON attempts.trial = trials.key
    WHERE search_id = ? ORDER BY position, number`);
  return (searchId) => attempts.all(searchId);
}
