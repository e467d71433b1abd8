import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { UnfinishedTrial } from '../../../../db/records.js';
import { Feeder } from '../../../../experiments/run/coordinator/feeder.js';
import type { Executor, TrialJob } from '../../../../workers/executors/contract.js';
import { simulatedJob } from '../../../support/jobs.js';

const trials = Array.from(
  { length: 5 },
  (_, i): UnfinishedTrial => ({ id: `t${i}`, networkId: 'n', seed: i, isPaused: false, attempt: null }),
);
const openAttempts = (batch: readonly UnfinishedTrial[]): TrialJob[] => batch.map(({ id }) => simulatedJob(id));

/** An executor of which only `submit` matters. */
function executor(submit: Executor['submit']): Executor {
  const done = async (): Promise<void> => {};
  const held = async () => new Set<string>();
  return { name: 'test', start: done, submit, held, pause: done, resume: done, cancel: done, close: done };
}

describe('a feeder', () => {
  it('whose attempts cannot be stored says so, and keeps the trials', async () => {
    const failures: unknown[] = [];
    const submitted: string[] = [];
    let isFull = true;
    const feeder = new Feeder({
      executor: executor(async (jobs) => void submitted.push(...jobs.map(({ trialId }) => trialId))),
      openAttempts: (batch) => {
        if (isFull) throw new Error('disk full');
        return openAttempts(batch);
      },
      note: () => {},
      onFailure: (error) => failures.push(error),
    });
    feeder.begin([], trials);
    expect(failures).toEqual([new Error('disk full')]);
    expect(feeder.isDone).toBe(false);
    expect(feeder.openIds()).toEqual([]);
    isFull = false;
    feeder.feed();
    expect(feeder.openIds()).toEqual(['t0', 't1', 't2', 't3', 't4']);
    expect(submitted).toEqual(['t0', 't1', 't2', 't3', 't4']);
    feeder.stop();
  });

  it('whose notes cannot be written fails, and leaves no rejection to nobody', async () => {
    const failure = new Promise<unknown>((resolve) => {
      const feeder = new Feeder({
        executor: executor(() => Promise.reject(new Error('connection refused'))),
        openAttempts,
        note: () => {
          throw new Error('disk full');
        },
        onFailure: resolve,
      });
      feeder.begin([], trials);
    });
    expect(await failure).toEqual(new Error('disk full'));
  });
});

describe('an executor that refuses for a long time', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is noted at the 1st, 2nd, 4th, 8th, … refusal, and asked every second all the same', async () => {
    const notes: string[] = [];
    let refusals = 0;
    const feeder = new Feeder({
      executor: executor(() => {
        refusals++;
        return Promise.reject(new Error('connection refused'));
      }),
      openAttempts,
      note: (message) => void notes.push(message),
      onFailure: () => {},
    });
    feeder.begin([], trials);
    await vi.advanceTimersByTimeAsync(99_500);
    expect(refusals).toBe(100);
    expect(notes).toEqual(new Array(7).fill('the test executor takes no trials: connection refused'));
    feeder.stop();
  });
});
