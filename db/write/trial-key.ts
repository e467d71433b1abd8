import type { Db } from '../database.js';

/** The store's own number of a trial; undefined for one that it does not hold. */
export type TrialKey = (trialId: string) => number | undefined;

/** Trials that are written to now are a few; those of a large search are a hundred thousand. */
const mostKnown = 8192;

/** Looks trials up and remembers what it found: a trial keeps its number for as long as the store exists. Not for use where it may be rolled back. */
export function trialKey(db: Db): TrialKey {
  const find = db.prepare<[string], number>('SELECT key FROM trials WHERE id = ?').pluck();
  const known = new Map<string, number>();
  return (trialId) => {
    let key = known.get(trialId);
    if (key === undefined) {
      key = find.get(trialId);
      if (known.size >= mostKnown) known.clear();
      if (key !== undefined) known.set(trialId, key);
    }
    return key;
  };
}
