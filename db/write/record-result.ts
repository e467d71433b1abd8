import {
  checkedOutcome,
  describeOutcome,
  type OutcomeState,
  type Retries,
  stateAfter,
  type TrialState,
} from '../../search/outcomes.js';
import type { Provenance, TrialOutcome } from '../../search/trial.js';
import { toCells } from '../confusion.js';
import type { Db } from '../database.js';
import { replaceCurve } from './record-epoch.js';

/** A result as it arrives: which attempt says so, and what. */
export interface ReportedResult {
  readonly trialId: string;
  readonly attempt: number;
  readonly token: string;
  readonly outcome: TrialOutcome;
}

/** What became of a reported result. Only `counted` changed the trial. */
export type RecordedResult =
  | { readonly verdict: 'counted'; readonly outcome: TrialOutcome; readonly state: TrialState }
  /** `duplicate`: this attempt has reported before. `late`: another attempt has replaced it. `unknown`: no such trial here. */
  | { readonly verdict: 'duplicate' | 'late' | 'unknown' };

const longestMessage = 4000;

/**
 * Records a result once. The first result with the token of an open attempt ends that attempt and decides what becomes of the trial;
 * every other is noted among the events and changes nothing. Call it inside a transaction.
 */
export function recordResult(db: Db): (result: ReportedResult, retries: Retries, atMs: number) => RecordedResult {
  const findAttempt = db.prepare<[string], { trial_id: string; number: number; state: string }>(
    'SELECT trial_id, number, state FROM attempts WHERE token = ?',
  );
  const findTrial = db.prepare<[string], string>('SELECT id FROM trials WHERE id = ?').pluck();
  const endAttempt = db.prepare(
    'UPDATE attempts SET state = ?, message = ?, ended_ms = ? WHERE trial_id = ? AND number = ?',
  );
  const setProvenance = db.prepare(`
    UPDATE attempts SET host = :host, pid = :pid, engine = :engine, engine_version = :engineVersion, device = :device
    WHERE trial_id = :trialId AND number = :number`);
  const countOutcome = db
    .prepare<[string, string], number>('SELECT count(*) FROM attempts WHERE trial_id = ? AND state = ?')
    .pluck();
  const setState = db.prepare('UPDATE trials SET state = ? WHERE id = ?');
  const insertResult = db.prepare('INSERT INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  const insertConfusion = db.prepare('INSERT INTO confusion VALUES (?, ?, ?)');
  const note = db.prepare('INSERT INTO events (at_ms, kind, trial_id, detail) VALUES (?, ?, ?, ?)');
  const writeCurve = replaceCurve(db);

  function complete(trialId: string, number: number, outcome: Extract<TrialOutcome, { state: 'completed' }>): void {
    const { validationAccuracy, validationLoss, trainableParams, peakBytes, wallMs, datasetDigest } = outcome;
    insertResult.run(
      trialId,
      number,
      validationAccuracy,
      validationLoss,
      trainableParams,
      peakBytes,
      wallMs,
      datasetDigest,
    );
    insertConfusion.run(trialId, outcome.confusion.length, JSON.stringify(toCells(outcome.confusion)));
    writeCurve(trialId, number, outcome.epochs);
    setProvenance.run({ trialId, number, ...(outcome.provenance satisfies Provenance) });
  }

  return (result, retries, atMs) => {
    const attempt = findAttempt.get(result.token);
    if (attempt?.trial_id !== result.trialId || attempt.number !== result.attempt || !isOpen(attempt.state)) {
      const verdict =
        findTrial.get(result.trialId) === undefined ? 'unknown' : isRepeated(attempt, result) ? 'duplicate' : 'late';
      note.run(
        atMs,
        `${verdict}-result`,
        result.trialId,
        `attempt ${result.attempt} ${describeOutcome(result.outcome)}`.slice(0, longestMessage),
      );
      return { verdict };
    }
    const outcome = checkedOutcome(result.outcome);
    endAttempt.run(outcome.state, messageOf(outcome), atMs, result.trialId, attempt.number);
    if (outcome.state === 'completed') complete(result.trialId, attempt.number, outcome);
    const times = countOutcome.get(result.trialId, outcome.state) ?? 0;
    const state = stateAfter(outcome.state, times, retries);
    setState.run(state, result.trialId);
    return { verdict: 'counted', outcome, state };
  };
}

function isOpen(state: string): boolean {
  return state === 'queued' || state === 'running';
}

/** Whether the attempt has reported before, rather than having been replaced. */
function isRepeated(
  attempt: { trial_id: string; number: number; state: string } | undefined,
  result: ReportedResult,
): boolean {
  return attempt?.trial_id === result.trialId && attempt.number === result.attempt && attempt.state !== 'interrupted';
}

function messageOf(outcome: TrialOutcome): string | null {
  const plain: readonly OutcomeState[] = ['completed', 'cancelled'];
  return plain.includes(outcome.state) ? null : describeOutcome(outcome).slice(0, longestMessage);
}
