import { InputError, show } from '../../search/base/errors.js';
import type { Db } from '../database.js';

export interface NewHandChoice {
  readonly searchId: number;
  /** Null takes the choice back: the rule decides again. */
  readonly networkId: string | null;
  /** Why, in the words of whoever chose. */
  readonly note: string;
}

/** Records a choice made by hand beside those before it. Throws `bad-value` for a network that is no searched one with a finished trial. */
export function chooseByHand(db: Db): (choice: NewHandChoice, atMs: number) => void {
  const isSearched = db
    .prepare<[number, string]>("SELECT 1 FROM points WHERE search_id = ? AND network_id = ? AND role = 'grid' LIMIT 1")
    .pluck();
  const hasResult = db
    .prepare<[number, string]>(`
    SELECT 1 FROM search_trials JOIN trials ON trials.key = trial
    WHERE search_id = ? AND network_id = ? AND state = 'completed' LIMIT 1`)
    .pluck();
  const insert = db.prepare('INSERT INTO choices (search_id, network_id, note, at_ms) VALUES (?, ?, ?, ?)');
  return ({ searchId, networkId, note }, atMs) => {
    if (networkId !== null && !(isSearched.get(searchId, networkId) && hasResult.get(searchId, networkId))) {
      throw new InputError(
        'bad-value',
        `choice: expected a searched network with a finished trial, got ${show(networkId)}`,
      );
    }
    insert.run(searchId, networkId, note, atMs);
  };
}
