import type { Db } from '../database.js';

/** The searches made by extending another, oldest first, each with what was noted of the plan it came from. */
export function readExtensions(db: Db): () => { readonly searchId: number; readonly detail: string }[] {
  const extensions = db.prepare<[], { searchId: number; detail: string }>(
    "SELECT search_id AS searchId, detail FROM events WHERE kind = 'extended' ORDER BY id",
  );
  return () => extensions.all();
}
