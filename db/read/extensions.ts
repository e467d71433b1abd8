import type { Db } from '../database.js';

/** Searches that larger revisions of other plans have made, oldest first: the ids of their searches, with what was noted of where each came from. */
export function readExtensions(db: Db): () => { readonly searchId: number; readonly detail: string }[] {
  const extensions = db.prepare<[], { searchId: number; detail: string }>(
    "SELECT search_id AS searchId, detail FROM events WHERE kind = 'extended' ORDER BY id",
  );
  return () => extensions.all();
}
