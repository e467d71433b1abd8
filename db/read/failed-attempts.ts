import type { Db } from '../database.js';
import type { FailedAttempt } from '../records.js';

/** The attempts of a search that did not end well, by trial in the plan's order, then by number. */
export function readFailedAttempts(db: Db): (searchId: number) => FailedAttempt[] {
  const attempts = db.prepare<[number], FailedAttempt>(`
    SELECT trials.id AS trialId, number, attempts.state AS outcome, message, host, ended_ms AS endedMs
    FROM search_trials JOIN trials ON trials.key = search_trials.trial JOIN attempts ON attempts.trial = trials.key
    WHERE search_id = ? AND attempts.state NOT IN ('queued', 'running', 'completed') ORDER BY position, number`);
  return (searchId) => attempts.all(searchId);
}
