import type { Db } from '../database.js';
import type { StoredEvent } from '../records.js';

/** At most `limit` events after the one with id `after` (0 for the beginning), oldest first. */
export function readEvents(db: Db): (after: number, limit: number) => StoredEvent[] {
  const events = db.prepare<[number, number], StoredEvent>(`
    SELECT id, at_ms AS atMs, search_id AS searchId, kind, trial_id AS trialId, detail
    FROM events WHERE id > ? ORDER BY id LIMIT ?`);
  return (after, limit) => events.all(after, limit);
}
