import type { Db } from '../database.js';
import { fromMistakeRows } from '../mistakes.js';
import type { StoredMistakes } from '../records.js';

/**
 * A sample of the validation images that a finished trial gets wrong; null where none was taken, as in a store that no coordinator has
 * opened since there is this table.
 */
export function readMistakes(db: Db): (trialId: string) => StoredMistakes | null {
  const hasTable = db.prepare<[], number>("SELECT 1 FROM sqlite_schema WHERE name = 'mistakes'").pluck();
  let find: ReturnType<typeof prepareFind> | null = null;
  return (trialId) => {
    if (find === null && hasTable.get() === undefined) return null;
    find ??= prepareFind(db);
    const row = find.get(trialId);
    return row ? { datasetDigest: row.datasetDigest, images: fromMistakeRows(JSON.parse(row.images)) } : null;
  };
}

function prepareFind(db: Db) {
  return db.prepare<[string], { images: string; datasetDigest: string }>(`
    SELECT images, dataset_digest AS datasetDigest FROM trials
    JOIN mistakes ON mistakes.trial = trials.key JOIN results ON results.trial = trials.key WHERE trials.id = ?`);
}
