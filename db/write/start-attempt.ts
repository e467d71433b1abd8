import type { Provenance } from '../../search/trial.js';
import type { Db } from '../database.js';
import type { TrialKey } from './trial-key.js';

export interface StartedAttempt {
  readonly trialId: string;
  readonly attempt: number;
  readonly token: string;
  readonly provenance: Provenance;
  readonly resumedAtEpoch: number;
}

/** Records that a worker has begun an attempt. Returns false, and changes nothing, when the token is not that of an open attempt. */
export function startAttempt(db: Db, keyOf: TrialKey): (started: StartedAttempt, atMs: number) => boolean {
  const start = db.prepare(`
    UPDATE attempts SET state = 'running', started_ms = ?, resumed_at_epoch = ?,
      host = ?, pid = ?, engine = ?, engine_version = ?, device = ?
    WHERE trial = ? AND number = ? AND token = ? AND state IN ('queued', 'running')`);
  const run = db.prepare("UPDATE trials SET state = 'running' WHERE key = ?");

  return ({ trialId, attempt, token, provenance, resumedAtEpoch }, atMs) => {
    const trial = keyOf(trialId);
    const { host, pid, engine, engineVersion, device } = provenance;
    const { changes } = start.run(
      atMs,
      resumedAtEpoch,
      host,
      pid,
      engine,
      engineVersion,
      device,
      trial ?? null,
      attempt,
      token,
    );
    if (changes === 0) return false;
    run.run(trial);
    return true;
  };
}
