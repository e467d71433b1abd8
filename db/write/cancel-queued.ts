import type { Db } from '../database.js';
import { trialKey } from './trial-key.js';

/** Cancels a trial that nobody has begun, with the attempt that may wait for it. Returns false, and changes nothing, for any other. */
export function cancelQueued(db: Db): (trialId: string, atMs: number) => boolean {
  const keyOf = trialKey(db);
  const cancel = db.prepare("UPDATE trials SET state = 'cancelled' WHERE key = ? AND state IN ('queued', 'paused')");
  const end = db.prepare(
    "UPDATE attempts SET state = 'cancelled', ended_ms = ? WHERE trial = ? AND state IN ('queued', 'running')",
  );
  return (trialId, atMs) => {
    const trial = keyOf(trialId);
    if (trial === undefined || cancel.run(trial).changes === 0) return false;
    end.run(atMs, trial);
    return true;
  };
}
