import type { Db } from '../database.js';
import type { TrialKey } from './trial-key.js';

/** Records that the test split is about to be read for a trial of a search; returns the number of the reading. */
export function openTestSplit(db: Db, keyOf: TrialKey): (searchId: number, trialId: string, atMs: number) => number {
  const insert = db.prepare('INSERT INTO test_reads (search_id, trial, at_ms) VALUES (?, ?, ?)');
  return (searchId, trialId, atMs) => {
    const trial = keyOf(trialId);
    if (trial === undefined) throw new RangeError(`no trial ${trialId}`);
    return Number(insert.run(searchId, trial, atMs).lastInsertRowid);
  };
}

/** Records what a reading has found. A reading is recorded once: a second word on it changes nothing. */
export function recordTest(db: Db): (reading: number, images: number, accuracy: number) => void {
  const update = db.prepare('UPDATE test_reads SET images = ?, accuracy = ? WHERE id = ? AND images IS NULL');
  return (reading, images, accuracy) => {
    update.run(images, accuracy, reading);
  };
}
