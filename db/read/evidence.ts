import type { TrialRecord } from '../../search/evidence/candidate.js';
import type { Db } from '../database.js';
import type { StoredTrial } from '../records.js';
import { readTrials } from './trials.js';

/** How the trials of a search stand, in the form that candidates are made of. */
export function readEvidence(db: Db): (searchId: number) => TrialRecord[] {
  const trials = readTrials(db);
  const curves = db.prepare<[number], { trialId: string; accuracy: number }>(`
    SELECT trials.id AS trialId, validation_accuracy AS accuracy
    FROM search_trials JOIN trials ON trials.key = search_trials.trial JOIN epochs ON epochs.trial = trials.key
    WHERE search_id = ? AND trials.state IN ('completed', 'paused') ORDER BY position, epoch`);

  return (searchId) => {
    const curveOf = new Map<string, number[]>();
    for (const { trialId, accuracy } of curves.all(searchId)) {
      const curve = curveOf.get(trialId);
      if (curve) curve.push(accuracy);
      else curveOf.set(trialId, [accuracy]);
    }
    return trials(searchId).map((trial) => toTrialRecord(trial, curveOf.get(trial.id) ?? []));
  };
}

/** A stored trial as evidence; `curve` is its validation accuracy by epoch, which may be left empty. */
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
    case 'cancelled':
    case 'skipped':
      return { networkId, replicate, state: 'failed', what: trial.state };
    default:
      return { networkId, replicate, state: 'unfinished', what: trial.state };
  }
}
