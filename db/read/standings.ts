import type { TrialState } from '../../search/plan/outcomes.js';
import type { Db } from '../database.js';
import type { TrialStanding } from '../records.js';
import { oneCopy } from './one-copy.js';

/** How the trials of a search stand, in the plan's order, and no more than that: what is kept of a hundred thousand of them must be little. */
export function readStandings(db: Db): (searchId: number) => TrialStanding[] {
  const standings = db.prepare<[number], [string, string, TrialState, number | null]>(`
    SELECT id, network_id, state, validation_accuracy
    FROM search_trials JOIN trials ON trials.key = search_trials.trial LEFT JOIN results ON results.trial = trials.key
    WHERE search_id = ? ORDER BY position`);
  standings.raw();
  return (searchId) => {
    const shared = oneCopy();
    return standings.all(searchId).map(
      ([id, networkId, state, validationAccuracy]): TrialStanding => ({
        id,
        networkId: shared(networkId),
        state: shared(state) as TrialState,
        validationAccuracy,
      }),
    );
  };
}
