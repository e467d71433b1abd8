import { fromCells } from '../confusion.js';
import type { Db } from '../database.js';

/** More classes have no matrix that a person could look at. */
const mostClasses = 1000;

/** Validation images of a finished trial by confusion[truth][predicted]; null for a trial without a result, and for more classes than a matrix can have. */
export function readConfusion(db: Db): (trialId: string) => number[][] | null {
  const row = db.prepare<[string], { classes: number; cells: string }>(
    'SELECT classes, cells FROM confusion WHERE trial = (SELECT key FROM trials WHERE id = ?)',
  );
  return (trialId) => {
    const found = row.get(trialId);
    return found && found.classes <= mostClasses ? fromCells(found.classes, JSON.parse(found.cells)) : null;
  };
}
