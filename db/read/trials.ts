import type { OutcomeState, TrialState } from '../../search/plan/outcomes.js';
import type { Db } from '../database.js';
import type { StoredTrial } from '../records.js';

interface Row {
  id: string;
  networkId: string;
  replicate: number;
  seed: number;
  state: TrialState;
  attempts: number;
  outcome: OutcomeState;
  message: string | null;
  startedMs: number | null;
  host: string | null;
  pid: number | null;
  engine: string | null;
  engineVersion: string | null;
  device: string | null;
  validationAccuracy: number;
  validationLoss: number;
  trainableParams: number;
  peakBytes: number;
  wallMs: number;
  datasetDigest: string;
  epoch: number | null;
  epochAccuracy: number | null;
  imagesPerSecond: number | null;
}

/**
 * The trials of a search in the plan's order, each with its result or its last epoch, and with the attempt that gave the result or else its last:
 * in a merged store others may follow the one that counts. `before` is what an earlier call returned: whatever cannot have changed since is taken
 * from it, the very same objects, so that following a search of thousands of trials costs what has changed.
 */
export function readTrials(db: Db): (searchId: number, before?: readonly StoredTrial[]) => StoredTrial[] {
  const all = db.prepare<[number], Row>(select(''));
  const some = db.prepare<[number, string], Row>(select('AND position IN (SELECT value FROM json_each(?))'));
  const standings = db.prepare<[number], Standing>(`
    SELECT position, trials.id, state, (SELECT count(*) FROM attempts WHERE trial = trials.key)
    FROM search_trials JOIN trials ON trials.key = search_trials.trial WHERE search_id = ? ORDER BY position`);
  standings.raw();
  return (searchId, before = []) => {
    if (before.length === 0) return all.all(searchId).map(toTrial);
    const now = standings.all(searchId);
    const changed = now.filter((standing, i) => !isAsBefore(standing, before[i]));
    const positions = JSON.stringify(changed.map(([position]) => position));
    const read = new Map(some.all(searchId, positions).map((row) => [row.id, toTrial(row)]));
    return now.map(([, id], i) => read.get(id) ?? (before[i] as StoredTrial));
  };
}

type Standing = [position: number, id: string, state: TrialState, attempts: number];

/** A result is final, and whatever else ends a trial takes another attempt; only what is being trained moves on within one. */
function isAsBefore([, id, state, attempts]: Standing, before: StoredTrial | undefined): boolean {
  return before?.id === id && before.state === state && before.attempts === attempts && state !== 'running';
}

function select(which: string): string {
  return `
    SELECT trials.id, trials.network_id AS networkId, replicate, seed, trials.state,
      (SELECT count(*) FROM attempts WHERE trial = trials.key) AS attempts, attempts.state AS outcome, message, started_ms AS startedMs,
      host, pid, engine, engine_version AS engineVersion, device,
      results.validation_accuracy AS validationAccuracy, results.validation_loss AS validationLoss,
      trainable_params AS trainableParams, peak_bytes AS peakBytes, results.wall_ms AS wallMs, dataset_digest AS datasetDigest,
      epochs.epoch, epochs.validation_accuracy AS epochAccuracy, images_per_second AS imagesPerSecond
    FROM search_trials
    JOIN trials ON trials.key = search_trials.trial
    LEFT JOIN results ON results.trial = trials.key
    LEFT JOIN attempts ON attempts.trial = trials.key
      AND attempts.number = coalesce(results.attempt, (SELECT max(number) FROM attempts WHERE trial = trials.key))
    LEFT JOIN epochs ON epochs.trial = trials.key AND epochs.epoch = (SELECT max(epoch) FROM epochs WHERE trial = trials.key)
    WHERE search_id = ? ${which} ORDER BY position`;
}

function toTrial(row: Row): StoredTrial {
  const { id, networkId, replicate, seed, state } = row;
  const common = { id, networkId, replicate, seed, attempts: row.attempts };
  switch (state) {
    case 'completed': {
      const { validationAccuracy, validationLoss, trainableParams, peakBytes, wallMs, imagesPerSecond, datasetDigest } =
        row;
      const measures = {
        validationAccuracy,
        validationLoss,
        trainableParams,
        peakBytes,
        wallMs,
        imagesPerSecond,
        datasetDigest,
      };
      const { host, engine, engineVersion, device } = row as Row &
        Record<'host' | 'engine' | 'engineVersion' | 'device', string>;
      return { ...common, state, result: { ...measures, host, engine, engineVersion, device } };
    }
    case 'running': {
      const { host, pid, engine, startedMs } = row;
      return {
        ...common,
        state,
        epoch: row.epoch ?? 0,
        validationAccuracy: row.epochAccuracy,
        host,
        pid,
        engine,
        startedMs,
      };
    }
    case 'failed':
      return { ...common, state, outcome: row.outcome, message: row.message ?? row.outcome };
    default:
      return { ...common, state };
  }
}
