import type { TrialEvent, TrialJob, TrialResult } from '../contract.js';

export interface RunOptions {
  readonly onEvent: (event: TrialEvent) => void;
  /** Aborted to end the trial: it then comes back within 10 s, with its checkpoint kept. */
  readonly signal: AbortSignal;
}

/** Runs one attempt at a trial to its end. Whatever goes wrong with the trial is an outcome; a rejection is a fault of the runner. */
export type TrialRunner = (job: TrialJob, options: RunOptions) => Promise<TrialResult>;

/** The result of an attempt with this outcome. */
export function resultOf(job: TrialJob, outcome: TrialResult['outcome']): TrialResult {
  const { protocol, trialId, attempt, token } = job;
  return { protocol, trialId, attempt, token, outcome };
}
