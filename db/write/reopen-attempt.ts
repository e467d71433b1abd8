import type { Db } from '../database.js';
import type { UnfinishedTrial } from '../records.js';
import type { TrialKey } from './trial-key.js';

interface Last {
  readonly number: number;
  readonly token: string;
  readonly state: string;
  readonly hasStarted: 0 | 1;
}

/**
 * Opens the last attempt of a queued trial again, with its token, where that was interrupted: a worker that nobody could tell to stop has
 * it still. Returns the attempt, or null, and changes nothing, where the last attempt is no such one.
 */
export function reopenAttempt(db: Db, keyOf: TrialKey): (trialId: string) => UnfinishedTrial['attempt'] {
  const last = db.prepare<[number], Last>(`
    SELECT number, token, attempts.state, started_ms IS NOT NULL AS hasStarted
    FROM attempts JOIN trials ON key = trial WHERE trial = ? AND trials.state = 'queued' ORDER BY number DESC LIMIT 1`);
  const open = db.prepare('UPDATE attempts SET state = ?, ended_ms = NULL WHERE trial = ? AND number = ?');
  const setState = db.prepare('UPDATE trials SET state = ? WHERE key = ?');
  return (trialId) => {
    const trial = keyOf(trialId);
    const attempt = trial === undefined ? undefined : last.get(trial);
    if (trial === undefined || attempt?.state !== 'interrupted') return null;
    const { number, token } = attempt;
    const state = attempt.hasStarted === 1 ? 'running' : 'queued';
    open.run(state, trial, number);
    setState.run(state, trial);
    return { number, token, state };
  };
}
