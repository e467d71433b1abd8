import type { Db } from '../database.js';

/** Closes the running attempts of a search that has been stopped as `interrupted`; their trials are queued again. Returns how many. */
export function interruptAttempts(db: Db): (searchId: number, atMs: number) => number {
  const requeue = db.prepare(`
    UPDATE trials SET state = 'queued'
    WHERE state = 'running' AND id IN (SELECT trial_id FROM search_trials WHERE search_id = ?)`);
  const interrupt = db.prepare(`
    UPDATE attempts SET state = 'interrupted', ended_ms = :atMs
    WHERE state = 'running' AND trial_id IN (SELECT trial_id FROM search_trials WHERE search_id = :searchId)`);
  return db.transaction((searchId: number, atMs: number) => {
    requeue.run(searchId);
    return interrupt.run({ searchId, atMs }).changes;
  }).immediate;
}
