import { describe, expect, it } from 'vitest';
import {
  checkedOutcome,
  defaultRetries,
  describeOutcome,
  isTerminal,
  stateAfter,
} from '../../../search/plan/outcomes.js';
import type { EpochMetrics, TrialOutcome } from '../../../search/plan/trial.js';

describe('what becomes of a trial', () => {
  it.each([
    ['completed', 1, 'completed'],
    ['cancelled', 1, 'cancelled'],
    ['lost', 3, 'queued'],
    ['lost', 4, 'failed'],
    ['crashed', 1, 'queued'],
    ['crashed', 2, 'failed'],
    ['oom', 1, 'failed'],
    ['diverged', 1, 'failed'],
    ['timeout', 1, 'failed'],
    ['infeasible', 1, 'failed'],
  ] as const)('%s for the %d. time: %s', (outcome, times, state) => {
    expect(stateAfter(outcome, times, defaultRetries)).toBe(state);
  });

  it('follows the table that it is given', () => {
    expect(stateAfter('oom', 1, { ...defaultRetries, oom: 1 })).toBe('queued');
    expect(stateAfter('lost', 1, { ...defaultRetries, lost: 0 })).toBe('failed');
  });

  it('is over when it is completed, failed or cancelled', () => {
    expect((['completed', 'failed', 'cancelled'] as const).every(isTerminal)).toBe(true);
    expect((['queued', 'running', 'paused'] as const).some(isTerminal)).toBe(false);
  });
});

describe('a completed outcome', () => {
  const epoch = (n: number, fields: Partial<EpochMetrics> = {}): EpochMetrics => ({
    epoch: n,
    trainLoss: 1,
    validationLoss: 1,
    validationAccuracy: 0.5,
    learningRate: 0.1,
    wallMs: 1,
    imagesPerSecond: 1,
    ...fields,
  });
  const completed = (fields: Partial<Extract<TrialOutcome, { state: 'completed' }>> = {}): TrialOutcome => ({
    state: 'completed',
    validationAccuracy: 0.5,
    validationLoss: 1,
    confusion: [[1]],
    epochs: [epoch(1), epoch(2)],
    trainableParams: 1,
    peakBytes: 1,
    wallMs: 1,
    datasetDigest: 'd',
    provenance: { host: 'h', pid: 1, engine: 'e', engineVersion: '1', device: 'cpu' },
    ...fields,
  });

  it('with finite numbers stays as it is', () => {
    const outcome = completed();
    expect(checkedOutcome(outcome)).toBe(outcome);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -0.1, 1.1])('with accuracy %d has diverged', (validationAccuracy) => {
    expect(checkedOutcome(completed({ validationAccuracy }))).toEqual({ state: 'diverged', atEpoch: 2 });
  });

  it('with a NaN loss has diverged in the first epoch that has one', () => {
    const epochs = [epoch(1), epoch(2, { validationLoss: Number.NaN }), epoch(3, { validationLoss: Number.NaN })];
    expect(checkedOutcome(completed({ epochs, validationLoss: Number.NaN }))).toEqual({
      state: 'diverged',
      atEpoch: 2,
    });
  });
});

it('an outcome has words', () => {
  expect(describeOutcome({ state: 'diverged', atEpoch: 3 })).toBe('diverged at epoch 3');
  expect(describeOutcome({ state: 'timeout', afterMs: 1500 })).toBe('timeout after 1.5 s');
  expect(describeOutcome({ state: 'lost', message: 'no word' })).toBe('lost: no word');
  expect(describeOutcome({ state: 'cancelled' })).toBe('cancelled');
});
