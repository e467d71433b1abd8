import type { Db } from '../file/database.js';
import type { TestRead } from '../records.js';
import { noTrial, type TrialKey } from './trials.js';

/** Queries of the table `test_reads`: every reading of the test split. */
export function testReadQueries(db: Db) {
  const reads = db.prepare<[number], TestRead>(`
    SELECT test_reads.id, trials.id AS trialId, seed, at_ms AS atMs, images, accuracy
    FROM test_reads JOIN trials ON trials.key = trial WHERE search_id = ? ORDER BY test_reads.id`);
  return {
    /** Every reading of the test split for a search, oldest first. */
    testReads: (searchId: number): TestRead[] => reads.all(searchId),
  };
}

/** Changes to the table `test_reads`. */
export function testReadChanges(db: Db, keyOf: TrialKey) {
  const insert = db.prepare('INSERT INTO test_reads (search_id, trial, at_ms) VALUES (?, ?, ?)');
  const update = db.prepare('UPDATE test_reads SET images = ?, accuracy = ? WHERE id = ? AND images IS NULL');
  return {
    /** Records that the test split is about to be read for a trial of a search; returns the number of the reading. */
    openTestSplit(searchId: number, trialId: string, atMs: number): number {
      const trial = keyOf(trialId) ?? noTrial(trialId);
      return Number(insert.run(searchId, trial, atMs).lastInsertRowid);
    },

    /** Records what a reading has found. The first record of a reading stands; a second one changes nothing. */
    recordTest(reading: number, images: number, accuracy: number): void {
      update.run(images, accuracy, reading);
    },
  };
}
