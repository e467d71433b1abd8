import type { Db } from '../database.js';

export interface NewEvent {
  readonly searchId: number | null;
  /** In one word, such as `started` or `interrupted`. */
  readonly kind: string;
  readonly trialId?: string | null;
  readonly detail: string;
}

/** Appends to the log of what happened to the searches of this store. */
export function addEvent(db: Db): (event: NewEvent, atMs: number) => void {
  const insert = db.prepare('INSERT INTO events (at_ms, search_id, kind, trial_id, detail) VALUES (?, ?, ?, ?, ?)');
  return ({ searchId, kind, trialId, detail }, atMs) => {
    insert.run(atMs, searchId, kind, trialId ?? null, detail);
  };
}
