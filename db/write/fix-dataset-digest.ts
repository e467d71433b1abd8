import type { Db } from '../database.js';

/** Fixes what the images of a search are, once: the first digest stays. Returns the digest that holds. */
export function fixDatasetDigest(db: Db): (searchId: number, digest: string) => string {
  const fix = db.prepare('UPDATE searches SET dataset_digest = ? WHERE id = ? AND dataset_digest IS NULL');
  const read = db.prepare<[number], string>('SELECT dataset_digest FROM searches WHERE id = ?').pluck();
  return (searchId, digest) => {
    fix.run(digest, searchId);
    const holds = read.get(searchId);
    if (holds === undefined) throw new RangeError(`no search ${searchId}`);
    return holds;
  };
}
