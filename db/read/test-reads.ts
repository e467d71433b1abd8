import type { Db } from '../database.js';
import type { TestRead } from '../records.js';

/** Every reading of the test split for a search, oldest first. */
export function readTestReads(db: Db): (searchId: number) => TestRead[] {
  const reads = db.prepare<[number], TestRead>(`
    SELECT test_reads.id, trials.id AS trialId, seed, at_ms AS atMs, images, accuracy
    FROM test_reads JOIN trials ON trials.key = trial WHERE search_id = ? ORDER BY test_reads.id`);
  return (searchId) => reads.all(searchId);
}
