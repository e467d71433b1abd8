import type { TrialOutcome } from './trial.js';

/** How a trial stands in its search. `completed` is final; `failed` and `cancelled` may be queued again when the user asks. */
export type TrialState = 'queued' | 'running' | 'paused' | 'completed' | 'failed' | 'cancelled';

/** How an attempt ended, in one word. */
export type OutcomeState = TrialOutcome['state'];

/** How often a trial is tried again after each unhappy outcome. Every outcome has a count of its own. */
export type Retries = Readonly<Record<Exclude<OutcomeState, 'completed' | 'paused' | 'cancelled'>, number>>;

/** What may pass by itself is tried again; what would end the same way is not. */
export const defaultRetries: Retries = { lost: 3, crashed: 1, oom: 0, diverged: 0, timeout: 0, infeasible: 0 };

/**
 * What becomes of a trial whose attempt has just ended. `times` counts the trial's attempts that ended with this outcome,
 * this one included.
 */
export function stateAfter(outcome: OutcomeState, times: number, retries: Retries): TrialState {
  if (outcome === 'completed' || outcome === 'paused' || outcome === 'cancelled') return outcome;
  return times <= retries[outcome] ? 'queued' : 'failed';
}

/** Whether nothing more will happen to a trial unless the user asks for it. */
export function isTerminal(state: TrialState): boolean {
  return state === 'completed' || state === 'failed' || state === 'cancelled';
}

/** An outcome in words, such as `diverged at epoch 3` or `crashed: no such engine`. */
export function describeOutcome(outcome: TrialOutcome): string {
  switch (outcome.state) {
    case 'completed':
    case 'cancelled':
      return outcome.state;
    case 'paused':
      return `paused at epoch ${outcome.atEpoch}`;
    case 'diverged':
      return `diverged at epoch ${outcome.atEpoch}`;
    case 'timeout':
      return `timeout after ${(outcome.afterMs / 1000).toFixed(1)} s`;
    default:
      return `${outcome.state}: ${outcome.message}`;
  }
}

/**
 * The outcome as it may be recorded: a training that claims to be complete, or to wait at a rung, with a NaN or an infinity among its results has diverged.
 * NaN is a state here, never a number.
 */
export function checkedOutcome(outcome: TrialOutcome): TrialOutcome {
  if (outcome.state !== 'completed' && outcome.state !== 'paused') return outcome;
  const bad = outcome.epochs.find((epoch) => !isMeasured(epoch.validationAccuracy, epoch.validationLoss));
  if (bad) return { state: 'diverged', atEpoch: bad.epoch };
  if (outcome.state === 'paused' || isMeasured(outcome.validationAccuracy, outcome.validationLoss)) return outcome;
  return { state: 'diverged', atEpoch: outcome.epochs.at(-1)?.epoch ?? 0 };
}

function isMeasured(accuracy: number, loss: number): boolean {
  return Number.isFinite(accuracy) && accuracy >= 0 && accuracy <= 1 && Number.isFinite(loss);
}
