import type { TrialState } from '../../search/plan/outcomes.js';
import type { Db } from '../database.js';
import type { SearchSummary } from '../records.js';

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
  skipped: 0,
};

/** The searches of a store, oldest first. */
export function readSearches(db: Db): () => SearchSummary[] {
  const searches = db.prepare<[], Row>(
    'SELECT id, hash, name, simulation, dataset_digest, created_ms FROM searches ORDER BY id',
  );
  const states = db.prepare<[number], { state: TrialState; trials: number }>(`
    SELECT state, count(*) AS trials FROM search_trials JOIN trials ON trials.key = trial WHERE search_id = ? GROUP BY state`);

  return () =>
    searches.all().map((row) => ({
      id: row.id,
      hash: row.hash,
      name: row.name,
      simulation: row.simulation === null ? null : JSON.parse(row.simulation),
      datasetDigest: row.dataset_digest,
      createdMs: row.created_ms,
      trials: { ...none, ...Object.fromEntries(states.all(row.id).map(({ state, trials }) => [state, trials])) },
    }));
}
