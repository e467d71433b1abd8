import { InputError } from '../../search/base/errors.js';
import type { TrialState } from '../../search/plan/outcomes.js';
import type { Plan } from '../../search/plan/plan.js';
import type { SimulationSpec } from '../../search/simulation/simulation.js';
import type { Db } from '../file/database.js';
import type { SearchSummary, StoredExtension } from '../records.js';
import { eventChanges } from './events.js';
import { planWriter, savingsOf } from './networks.js';

export interface AddedSearch {
  readonly id: number;
  /** False if the store already held this plan. */
  readonly isNew: boolean;
}

interface Row {
  id: number;
  hash: string;
  name: string;
  simulation: string | null;
  dataset_digest: string | null;
  created_ms: number;
}

const none: Readonly<Record<TrialState, number>> = {
  queued: 0,
  running: 0,
  paused: 0,
  completed: 0,
  failed: 0,
  cancelled: 0,
};

/** Queries of the tables `searches`, `extensions` and `identity`. */
export function searchQueries(db: Db) {
  const searches = db.prepare<[], Row>(
    'SELECT id, hash, name, simulation, dataset_digest, created_ms FROM searches ORDER BY id',
  );
  const states = db.prepare<[number], { state: TrialState; trials: number }>(`
    SELECT state, count(*) AS trials FROM search_trials JOIN trials ON trials.key = trial WHERE search_id = ? GROUP BY state`);
  const digest = db.prepare<[number], string | null>('SELECT dataset_digest FROM searches WHERE id = ?').pluck();
  const cancelled = db
    .prepare<[number], 0 | 1>(`
    SELECT cancelled_ms IS NOT NULL AND EXISTS (
      SELECT 1 FROM search_trials JOIN trials ON trials.key = trial WHERE search_id = searches.id AND state = 'cancelled')
    FROM searches WHERE id = ?`)
    .pluck();
  const extensions = db.prepare<[], StoredExtension>(
    'SELECT search_id AS searchId, from_id AS fromId, at_ms AS atMs FROM extensions ORDER BY id',
  );
  const identity = db.prepare<[], string>('SELECT id FROM identity').pluck();

  return {
    /** The searches of a store, oldest first. */
    searches: (): SearchSummary[] =>
      searches.all().map((row) => ({
        id: row.id,
        hash: row.hash,
        name: row.name,
        simulation: row.simulation === null ? null : JSON.parse(row.simulation),
        datasetDigest: row.dataset_digest,
        createdMs: row.created_ms,
        trials: { ...none, ...Object.fromEntries(states.all(row.id).map(({ state, trials }) => [state, trials])) },
      })),

    /** Digest of the images of a search; null until a worker has opened them. */
    datasetDigest: (searchId: number): string | null => digest.get(searchId) ?? null,

    /** Whether the whole search was cancelled and its trials were not queued again since. */
    isCancelled: (searchId: number): boolean => cancelled.get(searchId) === 1,

    /** Which search was extended to which, oldest first. */
    extensions: (): StoredExtension[] => extensions.all(),

    /** The store's own name, drawn when it was created, which tells its searches from those of other stores. */
    identity(): string {
      const id = identity.get();
      if (id === undefined) throw new Error('a store without an identity');
      return id;
    },
  };
}

/** Changes to the tables `searches` and `extensions`. */
export function searchChanges(db: Db) {
  const fixDigest = db.prepare('UPDATE searches SET dataset_digest = ? WHERE id = ? AND dataset_digest IS NULL');
  const readDigest = db.prepare<[number], string>('SELECT dataset_digest FROM searches WHERE id = ?').pluck();
  const cancel = db.prepare('UPDATE searches SET cancelled_ms = ? WHERE id = ?');
  const { addEvent } = eventChanges(db);
  const extend = db.prepare('INSERT INTO extensions (search_id, from_id, at_ms) VALUES (?, ?, ?)');

  return {
    addSearch: addSearch(db),

    /** Fixes the digest of the images of a search, once: the first digest stays. Returns the digest that holds. */
    fixDatasetDigest(searchId: number, digest: string): string {
      fixDigest.run(digest, searchId);
      const holds = readDigest.get(searchId);
      if (holds === undefined) throw new RangeError(`no search ${searchId}`);
      return holds;
    },

    /** Records that a whole search was cancelled, so that nothing further is proposed. Its trials are cancelled one by one with `cancelQueued`. */
    markCancelled(searchId: number, atMs: number): void {
      cancel.run(atMs, searchId);
      addEvent({ searchId, kind: 'cancelled', detail: 'all' }, atMs);
    },

    /** Records that one search was extended to another, which a run of its plan goes on with from now on. */
    addExtension(searchId: number, fromId: number, atMs: number): void {
      extend.run(searchId, fromId, atMs);
    },
  };
}

/**
 * Stores a whole plan in one transaction: the search, its networks, points and trials. A trial that the store already knows from another
 * search is shared, with its result; the data of those results are then the data of this search. Throws `bad-store`, and stores nothing,
 * if they are not all of the same data. `simulation` marks the search as simulated; its plan then comes from `simulatedPlan`.
 */
function addSearch(db: Db): (plan: Plan, simulation: SimulationSpec | null, atMs: number) => AddedSearch {
  const find = db.prepare<[string], number>('SELECT id FROM searches WHERE hash = ?').pluck();
  const insertSearch = db.prepare(
    'INSERT INTO searches (hash, name, plan, simulation, created_ms) VALUES (:hash, :name, :plan, :simulation, :atMs)',
  );
  const insertTrial = db.prepare(
    'INSERT INTO trials (id, network_id, seed) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING',
  );
  const insertMembership = db.prepare(
    'INSERT INTO search_trials (search_id, position, trial, replicate) SELECT ?, ?, key, ? FROM trials WHERE id = ?',
  );
  const writePlan = planWriter(db);
  const adoptDigest = digestAdopter(db);

  return db.transaction((plan: Plan, simulation: SimulationSpec | null, atMs: number): AddedSearch => {
    const known = find.get(plan.hash);
    if (known !== undefined) {
      adoptDigest(known);
      return { id: known, isNew: false };
    }
    const { points, networks, trials, hash, ...rest } = plan;
    const { lastInsertRowid } = insertSearch.run({
      hash,
      name: plan.spec.name,
      plan: JSON.stringify({ ...rest, savings: savingsOf(networks) }),
      simulation: simulation && JSON.stringify(simulation),
      atMs,
    });
    const id = Number(lastInsertRowid);
    writePlan(id, { networks, points });
    trials.forEach((trial, i) => {
      insertTrial.run(trial.id, trial.networkId, trial.seed);
      insertMembership.run(id, i, trial.replicate, trial.id);
    });
    adoptDigest(id);
    return { id, isNew: true };
  }).immediate;
}

/** Gives a search the digest of the results that it shares with other searches of the store. */
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
      const found = digests.map((digest) => digest.slice(0, 12)).join(' and ');
      throw new InputError(
        'bad-store',
        `store holds results of this plan on different data (digests ${found}); use another store`,
      );
    }
    if (digests[0] !== undefined) adopt.run(digests[0], id);
  };
}
