import type { Plan } from '../../search/plan.js';
import type { SimulationSpec } from '../../search/simulation.js';
import type { Db } from '../database.js';

export interface AddedSearch {
  readonly id: number;
  /** False when the store already held this plan; nothing was written then. */
  readonly isNew: boolean;
}

/**
 * Stores a whole plan in one transaction: the search, its networks, points and trials. A trial that the store already knows from another
 * search is shared, with its result. `simulation` marks the search as simulated; its plan then comes from `simulatedPlan`.
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
  const adoptDigest = db.prepare(`
    UPDATE searches SET dataset_digest = (
      SELECT dataset_digest FROM results JOIN search_trials USING (trial) WHERE search_id = :id LIMIT 1
    ) WHERE id = :id`);

  return db.transaction((plan: Plan, simulation: SimulationSpec | null, atMs: number): AddedSearch => {
    const known = find.get(plan.hash);
    if (known !== undefined) return { id: known, isNew: false };
    const { points, networks, trials, hash, ...rest } = plan;
    const { lastInsertRowid } = insertSearch.run({
      hash,
      name: plan.spec.name,
      plan: JSON.stringify(rest),
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
    adoptDigest.run({ id });
    return { id, isNew: true };
  }).immediate;
}
