import type { Db } from '../database.js';

/** Digest of the images of a search; null as long as nobody has opened them. */
export function readDatasetDigest(db: Db): (searchId: number) => string | null {
  const digest = db.prepare<[number], string | null>('SELECT dataset_digest FROM searches WHERE id = ?').pluck();
  return (searchId) => digest.get(searchId) ?? null;
}
