import type { TrialState } from '../../search/plan/outcomes.js';
import type { Db } from '../database.js';
import type { UnfinishedTrial } from '../records.js';

/** How a trial may have ended that is queued again by hand. */
export type RetryableState = Extract<TrialState, 'failed' | 'cancelled' | 'skipped'>;

/**
 * Queues the trials of a search again that ended in one of these states, with a full count of retries; their attempts stay on record.
 * Returns them in the plan's order.
 */
export function requeue(db: Db): (searchId: number, states: readonly RetryableState[]) => UnfinishedTrial[] {
  const find = db.prepare<[number, string], { key: number; id: string; networkId: string; seed: number }>(`
    SELECT key, id, network_id AS networkId, seed FROM search_trials JOIN trials ON key = trial
    WHERE search_id = ? AND state IN (SELECT value FROM json_each(?)) ORDER BY position`);
  const queue = db.prepare(`
    UPDATE trials SET state = 'queued',
      retried_after = (SELECT coalesce(max(number), 0) FROM attempts WHERE trial = trials.key)
    WHERE key = ?`);
  return db.transaction((searchId: number, states: readonly RetryableState[]) =>
    find.all(searchId, JSON.stringify(states)).map(({ key, ...trial }) => {
      queue.run(key);
      return { ...trial, isPaused: false, attempt: null };
    }),
  ).immediate;
}
