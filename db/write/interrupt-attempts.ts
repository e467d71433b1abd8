import type { Db } from '../database.js';

/** Closes the running attempts of a search that has been stopped as `interrupted`; their trials are queued again. Returns how many. */
export function interruptAttempts(db: Db): (searchId: number, atMs: number) => number {
  const requeue = db.prepare(`
    UPDATE trials SET state = 'queued'
    WHERE state = 'running' AND key IN (SELECT trial FROM search_trials WHERE search_id = ?)`);
  const interrupt = db.prepare(`
    UPDATE attempts SET state = 'interrupted', ended_ms = ?
    WHERE state = 'running' AND trial IN (SELECT trial FROM search_trials WHERE search_id = ?)`);
  return db.transaction((searchId: number, atMs: number) => {
    requeue.run(searchId);
    return interrupt.run(atMs, searchId).changes;
  }).immediate;
}
