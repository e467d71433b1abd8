import { InputError } from '../../search/base/errors.js';
import { isSaving } from '../../search/cost/saving.js';
import type { Plan } from '../../search/plan/plan.js';
import type { SimulationSpec } from '../../search/simulation/simulation.js';
import type { Db } from '../database.js';

export interface AddedSearch {
  readonly id: number;
  /** False when the store already held this plan. */
  readonly isNew: boolean;
}

/**
 * Stores a whole plan in one transaction: the search, its networks, points and trials. A trial that the store already knows from another
 * search is shared, with its result; the data of those results are then the data of this search. Throws `bad-store`, and stores nothing,
 * when they are not all of the same data. `simulation` marks the search as simulated; its plan then comes from `simulatedPlan`.
 */
export function addSearch(db: Db): (plan: Plan, simulation: SimulationSpec | null, atMs: number) => AddedSearch {
  const find = db.prepare<[string], number>('SELECT id FROM searches WHERE hash = ?').pluck();
  const insertSearch = db.prepare(
    'INSERT INTO searches (hash, name, plan, simulation, created_ms) VALUES (:hash, :name, :plan, :simulation, :atMs)',
  );
  const insertNetwork = db.prepare('INSERT INTO networks VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  const insertPoint = db.prepare('INSERT INTO points VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const insertTrial = db.prepare(
    'INSERT INTO trials (id, network_id, seed) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING',
  );
  const insertMembership = db.prepare(
    'INSERT INTO search_trials (search_id, position, trial, replicate) SELECT ?, ?, key, ? FROM trials WHERE id = ?',
  );
  const adoptDigest = digestAdopter(db);

  return db.transaction((plan: Plan, simulation: SimulationSpec | null, atMs: number): AddedSearch => {
    const known = find.get(plan.hash);
    if (known !== undefined) {
      adoptDigest(known);
      return { id: known, isNew: false };
    }
    const { points, networks, trials, hash, ...rest } = plan;
    const savings = Object.fromEntries(
      networks.flatMap((network) => (isSaving(network.saving) ? [[network.id, network.saving]] : [])),
    );
    const { lastInsertRowid } = insertSearch.run({
      hash,
      name: plan.spec.name,
      plan: JSON.stringify({ ...rest, savings }),
      simulation: simulation && JSON.stringify(simulation),
      atMs,
    });
    const id = Number(lastInsertRowid);
    networks.forEach(({ id: networkId, network, cost, peakBytes }, i) => {
      insertNetwork.run(id, networkId, i, JSON.stringify(network), cost.macs, cost.params, cost.activations, peakBytes);
    });
    points.forEach((p, i) => {
      insertPoint.run(id, i, p.role, p.alpha, p.beta, p.gamma, p.phi, p.nominal, p.realised, p.networkId);
    });
    trials.forEach((trial, i) => {
      insertTrial.run(trial.id, trial.networkId, trial.seed);
      insertMembership.run(id, i, trial.replicate, trial.id);
    });
    adoptDigest(id);
    return { id, isNew: true };
  }).immediate;
}

/** The digest of a search's data is that of the results which it has already, from whichever search of the store. */
function digestAdopter(db: Db): (searchId: number) => void {
  const find = db
    .prepare<{ id: number }, string>(`
    SELECT dataset_digest FROM searches WHERE id = :id AND dataset_digest IS NOT NULL
    UNION SELECT dataset_digest FROM results JOIN search_trials USING (trial) WHERE search_id = :id
    ORDER BY 1`)
    .pluck();
  const adopt = db.prepare('UPDATE searches SET dataset_digest = ? WHERE id = ? AND dataset_digest IS NULL');
  return (id) => {
    const digests = find.all({ id });
    if (digests.length > 1) {
      const got = digests.map((digest) => digest.slice(0, 12)).join(' and ');
      throw new InputError(
        'bad-store',
        `store: expected results on one content of the data for this plan, got trials on the digests ${got}; use another store`,
      );
    }
    if (digests[0] !== undefined) adopt.run(digests[0], id);
  };
}
