import type { StoredAttempt } from '../../db/records.js';
import type { FailedAttempt, FailuresView } from '../api.js';

/** The attempts that did not end well, in the plan's order. */
export function failuresView(attempts: readonly StoredAttempt[]): FailuresView {
  return {
    attempts: attempts.flatMap(({ trialId, number, state, message, host, endedMs }): FailedAttempt[] =>
      state === 'queued' || state === 'running' || state === 'completed'
        ? []
        : [{ trialId, number, outcome: state, message, host, endedMs }],
    ),
  };
}
