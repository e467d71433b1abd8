import type { Db } from '../file/database.js';
import type { StoredEvent } from '../records.js';

export interface NewEvent {
  readonly searchId: number | null;
  /** One word, such as `started` or `interrupted`. */
  readonly kind: string;
  readonly trialId?: string | null;
  /** A sentence for people: the program never reads it back. */
  readonly detail: string;
}

const columns = 'id, at_ms AS atMs, search_id AS searchId, kind, trial_id AS trialId, detail';

/** Queries of the table `events`, the log of what happened to the searches of a store. */
export function eventQueries(db: Db) {
  const following = db.prepare<[number, number], StoredEvent>(
    `SELECT ${columns} FROM events WHERE id > ? ORDER BY id LIMIT ?`,
  );
  const latest = db.prepare<[number, number], StoredEvent>(
    `SELECT ${columns} FROM events WHERE search_id = ? ORDER BY id DESC LIMIT ?`,
  );
  return {
    /** At most `limit` events after the one with the id `after` (0 for the beginning), oldest first. */
    events: (after: number, limit: number): StoredEvent[] => following.all(after, limit),

    /** The latest events of a search, at most `limit`, newest first. */
    latestEvents: (searchId: number, limit: number): StoredEvent[] => latest.all(searchId, limit),
  };
}

/** Changes to the table `events`. */
export function eventChanges(db: Db) {
  const insert = db.prepare('INSERT INTO events (at_ms, search_id, kind, trial_id, detail) VALUES (?, ?, ?, ?, ?)');
  return {
    addEvent({ searchId, kind, trialId, detail }: NewEvent, atMs: number): void {
      insert.run(atMs, searchId, kind, trialId ?? null, detail);
    },
  };
}
