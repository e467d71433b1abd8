import type { Store } from '../../db/store.js';
import { InputError } from '../../search/base/errors.js';

/**
 * Throws `bad-data` when trials of a search are to go on with data that are not those it began with. A search that is over may be looked at
 * without its data.
 */
export function checkSameData(store: Store, searchId: number, digest: string | null): void {
  const expected = store.read.datasetDigest(searchId);
  if (expected === null || digest === null || expected === digest) return;
  if (store.read.unfinished(searchId).length === 0) return;
  throw new InputError(
    'bad-data',
    `data: expected the content with digest ${expected.slice(0, 12)} that this search began with, got ${digest.slice(0, 12)}; restore the data or use another store`,
  );
}
