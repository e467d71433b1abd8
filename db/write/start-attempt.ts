import type { Provenance } from '../../search/plan/trial.js';
import type { Db } from '../database.js';
import type { TrialKey } from './trial-key.js';

export interface StartedAttempt {
  readonly trialId: string;
  readonly attempt: number;
  readonly token: string;
  readonly provenance: Provenance;
  readonly resumedAtEpoch: number;
}

interface Begun {
  readonly state: 'queued' | 'running';
  readonly host: string | null;
  readonly pid: number | null;
  readonly resumedAtEpoch: number | null;
}

/**
 * Records that a worker has begun an attempt. Epochs past the one that it goes on from are of an earlier attempt that went further than its
 * checkpoint, and go. Returns false, and changes nothing, when the token is not that of an open attempt; heard twice, it changes nothing.
 */
export function startAttempt(db: Db, keyOf: TrialKey): (started: StartedAttempt, atMs: number) => boolean {
  const find = db.prepare<[number, number, string], Begun>(`
    SELECT state, host, pid, resumed_at_epoch AS resumedAtEpoch FROM attempts
    WHERE trial = ? AND number = ? AND token = ? AND state IN ('queued', 'running')`);
  const start = db.prepare(`
    UPDATE attempts SET state = 'running', started_ms = ?, resumed_at_epoch = ?,
      host = ?, pid = ?, engine = ?, engine_version = ?, device = ?
    WHERE trial = ? AND number = ?`);
  const forget = db.prepare('DELETE FROM epochs WHERE trial = ? AND epoch > ?');
  const run = db.prepare("UPDATE trials SET state = 'running' WHERE key = ?");

  return ({ trialId, attempt, token, provenance, resumedAtEpoch }, atMs) => {
    const trial = keyOf(trialId);
    const open = trial === undefined ? undefined : find.get(trial, attempt, token);
    if (!open) return false;
    const { host, pid, engine, engineVersion, device } = provenance;
    const isRepeated = open.host === host && open.pid === pid && open.resumedAtEpoch === resumedAtEpoch;
    if (open.state === 'running' && isRepeated) return true;
    start.run(atMs, resumedAtEpoch, host, pid, engine, engineVersion, device, trial, attempt);
    forget.run(trial, resumedAtEpoch);
    run.run(trial);
    return true;
  };
}
