import type { EpochMetrics } from '../../search/plan/trial.js';
import type { Db } from '../file/database.js';
import type { StoredEpoch } from '../records.js';
import type { TrialKey } from './trials.js';

/** An epoch of an attempt, as a worker reports it. */
export interface ReportedEpoch {
  readonly trialId: string;
  readonly attempt: number;
  readonly token: string;
  readonly metrics: EpochMetrics;
}

const columns = `epoch, train_loss AS trainLoss, validation_loss AS validationLoss, validation_accuracy AS validationAccuracy,
  learning_rate AS learningRate, wall_ms AS wallMs, images_per_second AS imagesPerSecond`;

/** Queries of the table `epochs`: the curves of trials. */
export function epochQueries(db: Db) {
  const curve = db.prepare<[string], StoredEpoch>(
    `SELECT ${columns} FROM epochs WHERE trial = (SELECT key FROM trials WHERE id = ?) ORDER BY epoch`,
  );
  const curves = db.prepare<[number], StoredEpoch & { trialId: string }>(`
    SELECT trials.id AS trialId, ${columns}
    FROM search_trials JOIN trials ON trials.key = search_trials.trial JOIN epochs ON epochs.trial = trials.key
    WHERE search_id = ? ORDER BY position, epoch`);

  return {
    /** The curve of one trial, by epoch; empty for a trial without an epoch. */
    curve: (trialId: string): StoredEpoch[] => curve.all(trialId),

    /** The curves of all trials of a search that have one, by trial id. */
    curves(searchId: number): Map<string, StoredEpoch[]> {
      const found = new Map<string, StoredEpoch[]>();
      for (const { trialId, ...epoch } of curves.all(searchId)) {
        const known = found.get(trialId);
        if (known) known.push(epoch);
        else found.set(trialId, [epoch]);
      }
      return found;
    },
  };
}

/** Changes to the table `epochs`. */
export function epochChanges(db: Db, keyOf: TrialKey) {
  const isOpen = db
    .prepare("SELECT 1 FROM attempts WHERE trial = ? AND number = ? AND token = ? AND state IN ('queued', 'running')")
    .pluck();
  const write = writeEpoch(db);

  return {
    /**
     * Records one epoch of an open attempt. Returns false, and changes nothing, if the token is not that of an open attempt of this trial.
     * An epoch that a resumed attempt repeats replaces the earlier one.
     */
    recordEpoch({ trialId, attempt, token, metrics }: ReportedEpoch): boolean {
      const trial = keyOf(trialId);
      if (trial === undefined || isOpen.get(trial, attempt, token) === undefined) return false;
      write(trial, attempt, metrics);
      return true;
    },
  };
}

/** Writes an epoch of the trial with this key. A measure that is NaN or infinite becomes NULL. */
export function writeEpoch(db: Db): (trial: number, attempt: number, metrics: EpochMetrics) => void {
  const upsert = db.prepare(`
    INSERT OR REPLACE INTO epochs (trial, epoch, attempt, train_loss, validation_loss, validation_accuracy,
      learning_rate, wall_ms, images_per_second)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  return (trial, attempt, metrics) => {
    const { epoch, trainLoss, validationLoss, validationAccuracy, learningRate, wallMs, imagesPerSecond } = metrics;
    const losses = [finite(trainLoss), finite(validationLoss), share(validationAccuracy)];
    upsert.run(trial, epoch, attempt, ...losses, finite(learningRate), finite(wallMs), finite(imagesPerSecond));
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function share(value: number): number | null {
  return value >= 0 && value <= 1 ? value : null;
}
