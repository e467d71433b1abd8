import type { Db } from '../database.js';

/**
 * Closes the running attempts of a search that has been stopped, or of some of its trials, as `interrupted`; their trials are queued again.
 * Returns how many.
 */
export function interruptAttempts(db: Db): (searchId: number, atMs: number, trialIds?: readonly string[]) => number {
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
