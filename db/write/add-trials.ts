import type { PlannedTrial } from '../../search/plan/plan.js';
import type { Db } from '../database.js';

/**
 * Gives a search trials beyond those of its plan, after all that it has, in one transaction. Those that it has already are left as they
 * are; one that the store knows from another search is shared, with its result.
 */
export function addTrials(db: Db): (searchId: number, trials: readonly PlannedTrial[]) => void {
  const insertTrial = db.prepare(
    'INSERT INTO trials (id, network_id, seed) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING',
  );
  const insertMembership = db.prepare(`
    INSERT INTO search_trials (search_id, position, trial, replicate)
    SELECT :searchId, (SELECT max(position) + 1 FROM search_trials WHERE search_id = :searchId), key, :replicate
    FROM trials WHERE id = :id
    ON CONFLICT (search_id, trial) DO NOTHING`);

  return db.transaction((searchId: number, trials: readonly PlannedTrial[]): void => {
    for (const { id, networkId, seed, replicate } of trials) {
      insertTrial.run(id, networkId, seed);
      insertMembership.run({ searchId, replicate, id });
    }
  }).immediate;
}
