import { InputError, show } from '../../search/base/errors.js';
import type { HandChoice } from '../../search/evidence/choice.js';
import type { Db } from '../file/database.js';

export interface NewHandChoice {
  readonly searchId: number;
  /** Null takes the choice back, so that the rule decides again. */
  readonly networkId: string | null;
  /** The reason, in the words of the person who chose. */
  readonly note: string;
}

/** Queries of the table `choices`: candidates chosen by hand. */
export function choiceQueries(db: Db) {
  const latest = db.prepare<[number], { networkId: string | null; note: string; atMs: number }>(`
    SELECT network_id AS networkId, note, at_ms AS atMs FROM choices WHERE search_id = ? ORDER BY id DESC LIMIT 1`);
  return {
    /** The choice made by hand in a search, unless it was taken back. */
    handChoice(searchId: number): HandChoice | null {
      const found = latest.get(searchId);
      return found?.networkId ? { ...found, networkId: found.networkId } : null;
    },
  };
}

/** Changes to the table `choices`. */
export function choiceChanges(db: Db) {
  const isSearched = db
    .prepare<{ searchId: number; networkId: string }>(`
    SELECT 1 FROM points WHERE search_id = :searchId AND network_id = :networkId AND role = 'grid'
    UNION ALL SELECT 1 FROM proposals WHERE search_id = :searchId AND network_id = :networkId LIMIT 1`)
    .pluck();
  const hasResult = db
    .prepare<{ searchId: number; networkId: string }>(`
    SELECT 1 FROM search_trials JOIN trials ON trials.key = trial
    WHERE search_id = :searchId AND network_id = :networkId AND state = 'completed' LIMIT 1`)
    .pluck();
  const insert = db.prepare('INSERT INTO choices (search_id, network_id, note, at_ms) VALUES (?, ?, ?, ?)');

  return {
    /**
     * Records a choice made by hand beside the earlier ones. Throws `bad-value` for a network that is neither on the grid nor proposed, or
     * that has no finished trial.
     */
    chooseByHand({ searchId, networkId, note }: NewHandChoice, atMs: number): void {
      if (networkId !== null) {
        const wanted = { searchId, networkId };
        if (!(isSearched.get(wanted) && hasResult.get(wanted)))
          throw new InputError(
            'bad-value',
            `choice: expected a searched network with a finished trial, got ${show(networkId)}`,
          );
      }
      insert.run(searchId, networkId, note, atMs);
    },
  };
}
