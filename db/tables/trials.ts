import type { TrialRecord } from '../../search/evidence/candidate.js';
import type { OutcomeState, TrialState } from '../../search/plan/outcomes.js';
import type { PlannedTrial } from '../../search/plan/plan.js';
import type { Db } from '../file/database.js';
import type { ProposedTrial, StoredTrial, TrialStanding, UnfinishedTrial } from '../records.js';

/** The states that a trial can be queued again from by hand. */
export type RetryableState = Exclude<TrialState, 'queued' | 'running' | 'paused' | 'completed'>;

/** The store's own number of a trial; undefined for a trial that it does not hold. */
export type TrialKey = (trialId: string) => number | undefined;

/** Queries of the tables `trials` and `search_trials`. */
export function trialQueries(db: Db) {
  const all = db.prepare<[number], Row>(selectTrials(''));
  const some = db.prepare<[number, string], Row>(selectTrials('AND position IN (SELECT value FROM json_each(?))'));
  const brief = db
    .prepare<[number], Standing>(`
    SELECT position, trials.id, state, (SELECT count(*) FROM attempts WHERE trial = trials.key)
    FROM search_trials JOIN trials ON trials.key = search_trials.trial WHERE search_id = ? ORDER BY position`)
    .raw();
  const standings = db
    .prepare<[number], [string, string, TrialState, number | null]>(`
    SELECT id, network_id, state, validation_accuracy
    FROM search_trials JOIN trials ON trials.key = search_trials.trial LEFT JOIN results ON results.trial = trials.key
    WHERE search_id = ? ORDER BY position`)
    .raw();
  const unfinished = db.prepare<[number], UnfinishedRow>(`
    SELECT trials.id, network_id AS networkId, seed, trials.state = 'paused' AS paused, number, token, attempts.state
    FROM search_trials
    JOIN trials ON trials.key = search_trials.trial
    LEFT JOIN attempts ON attempts.trial = trials.key AND attempts.state IN ('queued', 'running')
    WHERE search_id = ? AND trials.state IN ('queued', 'running', 'paused') ORDER BY position`);
  const proposed = db.prepare<[number, number], ProposedTrial>(`
    SELECT position, id, network_id AS networkId, replicate, seed, state, validation_accuracy AS validationAccuracy
    FROM search_trials JOIN trials ON trials.key = search_trials.trial LEFT JOIN results ON results.trial = trials.key
    WHERE search_id = ? AND position >= ? ORDER BY position`);
  const accuracies = db.prepare<[number], { trialId: string; accuracy: number }>(`
    SELECT trials.id AS trialId, validation_accuracy AS accuracy
    FROM search_trials JOIN trials ON trials.key = search_trials.trial JOIN epochs ON epochs.trial = trials.key
    WHERE search_id = ? AND trials.state IN ('completed', 'paused') ORDER BY position, epoch`);

  /**
   * The trials of a search in the plan's order, each with its result or its last epoch. `before` is what an earlier call returned: every
   * trial that cannot have changed since is taken from it, the very same object, so that following a search of thousands of trials costs
   * only what has changed.
   */
  function trials(searchId: number, before: readonly StoredTrial[] = []): StoredTrial[] {
    if (before.length === 0) return all.all(searchId).map(toTrial);
    const now = brief.all(searchId);
    const changed = now.filter((standing, i) => !isAsBefore(standing, before[i]));
    const positions = JSON.stringify(changed.map(([position]) => position));
    const read = new Map(some.all(searchId, positions).map((row) => [row.id, toTrial(row)]));
    return now.map(([, id], i) => read.get(id) ?? (before[i] as StoredTrial));
  }

  return {
    trials,

    /** How the trials of a search stand, in the plan's order, and nothing else: a hundred thousand of them must fit in little memory. */
    standings(searchId: number): TrialStanding[] {
      const shared = oneCopy();
      return standings.all(searchId).map(
        ([id, networkId, state, validationAccuracy]): TrialStanding => ({
          id,
          networkId: shared(networkId),
          state: shared(state) as TrialState,
          validationAccuracy,
        }),
      );
    },

    /** The trials of a search that are not over, in the plan's order, each with its open attempt. */
    unfinished(searchId: number): UnfinishedTrial[] {
      const shared = oneCopy();
      return unfinished.all(searchId).map(({ id, networkId, seed, paused, number, token, state }) => ({
        id,
        networkId: shared(networkId),
        seed,
        isPaused: paused === 1,
        attempt: number === null ? null : { number, token, state },
      }));
    },

    /** The trials of a search in the order in which they were proposed, from a position on. */
    proposed(searchId: number, from = 0): ProposedTrial[] {
      const shared = oneCopy();
      return proposed.all(searchId, from).map((trial) => ({
        ...trial,
        networkId: shared(trial.networkId),
        state: shared(trial.state) as TrialState,
      }));
    },

    /** How the trials of a search stand, in the form that candidates are made of. */
    evidence(searchId: number): TrialRecord[] {
      const curveOf = new Map<string, number[]>();
      for (const { trialId, accuracy } of accuracies.all(searchId)) {
        const curve = curveOf.get(trialId);
        if (curve) curve.push(accuracy);
        else curveOf.set(trialId, [accuracy]);
      }
      return trials(searchId).map((trial) => toTrialRecord(trial, curveOf.get(trial.id) ?? []));
    },
  };
}

/** Changes to the tables `trials` and `search_trials`. */
export function trialChanges(db: Db, keyOf: TrialKey) {
  const insert = db.prepare('INSERT INTO trials (id, network_id, seed) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING');
  const insertMembership = db.prepare(`
    INSERT INTO search_trials (search_id, position, trial, replicate)
    SELECT :searchId, (SELECT coalesce(max(position) + 1, 0) FROM search_trials WHERE search_id = :searchId), key, :replicate
    FROM trials WHERE id = :id
    ON CONFLICT (search_id, trial) DO NOTHING`);
  const cancel = db.prepare("UPDATE trials SET state = 'cancelled' WHERE key = ? AND state IN ('queued', 'paused')");
  const endAttempt = db.prepare(
    "UPDATE attempts SET state = 'cancelled', ended_ms = ? WHERE trial = ? AND state IN ('queued', 'running')",
  );
  const ended = db.prepare<[number, string], { key: number; id: string; networkId: string; seed: number }>(`
    SELECT key, id, network_id AS networkId, seed FROM search_trials JOIN trials ON key = trial
    WHERE search_id = ? AND state IN (SELECT value FROM json_each(?)) ORDER BY position`);
  const queue = db.prepare(`
    UPDATE trials SET state = 'queued',
      retried_after = (SELECT coalesce(max(number), 0) FROM attempts WHERE trial = trials.key)
    WHERE key = ?`);
  const takeCancelBack = db.prepare('UPDATE searches SET cancelled_ms = NULL WHERE id = ?');

  return {
    /**
     * Gives a search more trials, after those that it has, in one transaction. A trial that it has already is left as it is; one that the
     * store knows from another search is shared, with its result.
     */
    addTrials: db.transaction((searchId: number, trials: readonly PlannedTrial[]): void => {
      for (const { id, networkId, seed, replicate } of trials) {
        insert.run(id, networkId, seed);
        insertMembership.run({ searchId, replicate, id });
      }
    }).immediate,

    /** Cancels a trial that nobody has begun, and the attempt that waits for it. Returns false, and changes nothing, for any other trial. */
    cancelQueued(trialId: string, atMs: number): boolean {
      const trial = keyOf(trialId);
      if (trial === undefined || cancel.run(trial).changes === 0) return false;
      endAttempt.run(atMs, trial);
      return true;
    },

    /**
     * Queues again the trials of a search that ended in one of these states, with a full count of retries; their attempts stay on record.
     * Returns them in the plan's order.
     */
    requeue: db.transaction((searchId: number, states: readonly RetryableState[]): UnfinishedTrial[] => {
      const trials = ended.all(searchId, JSON.stringify(states));
      for (const { key } of trials) queue.run(key);
      if (states.includes('cancelled')) takeCancelBack.run(searchId);
      return trials.map(({ key: _, ...trial }) => ({ ...trial, isPaused: false, attempt: null }));
    }).immediate,
  };
}

/** At any moment a few trials are written to; a large search has a hundred thousand. */
const mostRemembered = 8192;

/** Looks up the numbers of trials and remembers them: a trial keeps its number for as long as the store exists. Not for insertions that may be rolled back. */
export function trialKey(db: Db): TrialKey {
  const find = db.prepare<[string], number>('SELECT key FROM trials WHERE id = ?').pluck();
  const known = new Map<string, number>();
  return (trialId) => {
    let key = known.get(trialId);
    if (key === undefined) {
      key = find.get(trialId);
      if (known.size >= mostRemembered) known.clear();
      if (key !== undefined) known.set(trialId, key);
    }
    return key;
  };
}

export function noTrial(trialId: string): never {
  throw new RangeError(`no trial ${trialId}`);
}

/** A stored trial as evidence; `curve` is its validation accuracy by epoch, and may be left empty. */
export function toTrialRecord(trial: StoredTrial, curve: readonly number[]): TrialRecord {
  const { networkId, replicate } = trial;
  switch (trial.state) {
    case 'completed':
      return { networkId, replicate, state: 'completed', accuracy: trial.result.validationAccuracy, curve };
    case 'failed':
      return { networkId, replicate, state: 'failed', what: trial.message };
    case 'paused': {
      const at = curve.length > 0 ? ` at epoch ${curve.length}` : '';
      return { networkId, replicate, state: 'failed', what: `paused${at}` };
    }
    case 'queued':
    case 'running':
      return { networkId, replicate, state: 'unfinished', what: trial.state };
    default:
      return { networkId, replicate, state: 'failed', what: trial.state };
  }
}

interface UnfinishedRow {
  id: string;
  networkId: string;
  seed: number;
  paused: 0 | 1;
  number: number | null;
  token: string;
  state: 'queued' | 'running';
}

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

type Standing = [position: number, id: string, state: TrialState, attempts: number];

/** A result is final, and any other change takes another attempt; only a trial that is being trained changes within one. */
function isAsBefore([, id, state, attempts]: Standing, before: StoredTrial | undefined): boolean {
  return before?.id === id && before.state === state && before.attempts === attempts && state !== 'running';
}

/** The attempt is the one that gave the result, or else the last: in a merged store, others may follow the one that counts. */
function selectTrials(which: string): string {
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

/** Shares equal texts. SQLite returns a new string for every row, and a hundred thousand trials have only a few hundred networks. */
function oneCopy(): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const first = known.get(text);
    if (first !== undefined) return first;
    known.set(text, text);
    return text;
  };
}
