import type { StoreReader } from '../../db/reader.js';
import { InputError, nearest, show } from '../../search/base/errors.js';

/** Refuses to end trials that the search does not have: a misspelt id must not pass for a trial that is over. */
export function checkTrials(
  reader: Pick<StoreReader, 'standings'>,
  searchId: number,
  trialIds: readonly string[],
): void {
  const known = reader.standings(searchId).map(({ id }) => id);
  const unknown = trialIds.find((id) => !known.includes(id));
  if (unknown === undefined) return;
  const near = nearest(unknown, known);
  throw new InputError(
    'unknown-name',
    `--trials: expected ids of trials of the search, got ${show(unknown)}${near === undefined ? '' : `; did you mean ${show(near)}?`}`,
  );
}
