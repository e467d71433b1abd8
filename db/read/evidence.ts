import type { TrialRecord } from '../../search/evidence/candidate.js';
import type { Db } from '../database.js';
import type { StoredTrial } from '../records.js';
import { readTrials } from './trials.js';

/** How the trials of a search stand, in the form that candidates are made of. */
export function readEvidence(db: Db): (searchId: number) => TrialRecord[] {
  const trials = readTrials(db);
  const curves = db.prepare<[number], { trialId: string; accuracy: number }>(`
    SELECT trial_id AS trialId, validation_accuracy AS accuracy
    FROM epochs JOIN search_trials USING (trial_id)
    WHERE search_id = ? AND trial_id IN (SELECT trial_id FROM results) ORDER BY trial_id, epoch`);

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
    case 'cancelled':
    case 'skipped':
      return { networkId, replicate, state: 'failed', what: trial.state };
    default:
      return { networkId, replicate, state: 'unfinished', what: trial.state };
  }
}
