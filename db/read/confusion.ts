import { fromCells } from '../confusion.js';
import type { Db } from '../database.js';

/** Validation images of a finished trial by confusion[truth][predicted]; null for a trial without a result. */
export function readConfusion(db: Db): (trialId: string) => number[][] | null {
  const row = db.prepare<[string], { classes: number; cells: string }>(
    'SELECT classes, cells FROM confusion WHERE trial = (SELECT key FROM trials WHERE id = ?)',
  );
  return (trialId) => {
    const found = row.get(trialId);
    return found ? fromCells(found.classes, JSON.parse(found.cells)) : null;
  };
}
