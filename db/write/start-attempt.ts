import type { Provenance } from '../../search/trial.js';
import type { Db } from '../database.js';

export interface StartedAttempt {
  readonly token: string;
  readonly provenance: Provenance;
  readonly resumedAtEpoch: number;
}

/** Records that a worker has begun an attempt. Returns false, and changes nothing, when the token is not that of an open attempt. */
export function startAttempt(db: Db): (started: StartedAttempt, atMs: number) => boolean {
  const start = db.prepare<unknown[], string>(`
    UPDATE attempts SET state = 'running', started_ms = :atMs, resumed_at_epoch = :resumedAtEpoch,
      host = :host, pid = :pid, engine = :engine, engine_version = :engineVersion, device = :device
    WHERE token = :token AND state IN ('queued', 'running')
    RETURNING trial_id`);
  const run = db.prepare("UPDATE trials SET state = 'running' WHERE id = ?");
  start.pluck();

  return ({ token, provenance, resumedAtEpoch }, atMs) => {
    const trialId = start.get({ token, resumedAtEpoch, atMs, ...provenance });
    if (trialId === undefined) return false;
    run.run(trialId);
    return true;
  };
}
