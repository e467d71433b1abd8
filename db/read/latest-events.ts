import type { Db } from '../database.js';
import type { StoredEvent } from '../records.js';

/** The latest events of a search, at most `limit`, newest first. */
export function readLatestEvents(db: Db): (searchId: number, limit: number) => StoredEvent[] {
  const events = db.prepare<[number, number], StoredEvent>(`
    SELECT id, at_ms AS atMs, search_id AS searchId, kind, trial_id AS trialId, detail
    FROM events WHERE search_id = ? ORDER BY id DESC LIMIT ?`);
  return (searchId, limit) => events.all(searchId, limit);
}
