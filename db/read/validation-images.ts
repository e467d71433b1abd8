import type { Cell } from '../confusion.js';
import type { Db } from '../database.js';

/** Images of the validation split of a search, from the confusion counts of a finished trial; null before there is one. */
export function readValidationImages(db: Db): (searchId: number) => number | null {
  const cells = db
    .prepare<[number], string>(
      'SELECT cells FROM search_trials JOIN confusion USING (trial) WHERE search_id = ? ORDER BY position LIMIT 1',
    )
    .pluck();
  return (searchId) => {
    const found = cells.get(searchId);
    if (found === undefined) return null;
    return (JSON.parse(found) as Cell[]).reduce((sum, [, , count]) => sum + count, 0);
  };
}
