import type { Db } from '../database.js';

/** The store's own number of a trial; undefined for one that it does not hold. */
export function trialKey(db: Db): (trialId: string) => number | undefined {
  const find = db.prepare<[string], number>('SELECT key FROM trials WHERE id = ?').pluck();
  return (trialId) => find.get(trialId);
}
