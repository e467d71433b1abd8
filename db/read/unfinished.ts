import type { Db } from '../database.js';
import type { UnfinishedTrial } from '../records.js';
import { oneCopy } from './one-copy.js';

interface Row {
  id: string;
  networkId: string;
  seed: number;
  paused: 0 | 1;
  number: number | null;
  token: string;
  state: 'queued' | 'running';
}

/** The trials of a search that are not over, in the plan's order, each with its open attempt. */
export function readUnfinished(db: Db): (searchId: number) => UnfinishedTrial[] {
  const trials = db.prepare<[number], Row>(`
    SELECT trials.id, network_id AS networkId, seed, trials.state = 'paused' AS paused, number, token, attempts.state
    FROM search_trials
    JOIN trials ON trials.key = search_trials.trial
    LEFT JOIN attempts ON attempts.trial = trials.key AND attempts.state IN ('queued', 'running')
    WHERE search_id = ? AND trials.state IN ('queued', 'running', 'paused') ORDER BY position`);
  return (searchId) => {
    const shared = oneCopy();
    return trials.all(searchId).map(({ id, networkId, seed, paused, number, token, state }) => ({
      id,
      networkId: shared(networkId),
      seed,
      isPaused: paused === 1,
      attempt: number === null ? null : { number, token, state },
    }));
  };
}
