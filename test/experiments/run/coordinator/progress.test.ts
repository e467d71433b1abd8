import { describe, expect, it } from 'vitest';
import type { TrialStanding } from '../../../../db/records.js';
import { ProgressTracker } from '../../../../experiments/run/coordinator/progress.js';
import { workPerImage } from '../../../../search/plan/forecast/work.js';
import type { TrialEvent } from '../../../../workers/executors/contract.js';
import { epochMetrics, provenance } from '../../../support/outcomes.js';
import { smallPlan } from '../../../support/small-plan.js';

/** Networks whose macs are about 1 : 2, two trials of ten epochs each. */
const plan = smallPlan({ depths: 2, replicates: 2, epochs: 10 });
const trials = plan.trials.map((trial): TrialStanding => ({ ...trial, state: 'queued', validationAccuracy: null }));
const [first, second, third, fourth] = plan.trials as [(typeof plan.trials)[0], ...typeof plan.trials];
const work = (trialId: string) => {
  const trial = plan.trials.find(({ id }) => id === trialId)!;
  return workPerImage(plan.networks.find(({ id }) => id === trial.networkId)!.cost);
};
const base = (trialId: string) => ({ trialId, attempt: 1, token: 'a' });
const begin = (trialId: string, resumedAtEpoch = 0): TrialEvent => ({
  type: 'started',
  ...base(trialId),
  provenance,
  resumedAtEpoch,
  datasetDigest: 'd',
  notes: [],
});
const epoch = (trialId: string, n: number, fields = {}): TrialEvent => ({
  type: 'epoch',
  ...base(trialId),
  metrics: epochMetrics(n, fields),
});

describe('the progress of a search', () => {
  it('before anything has run has no time left to tell', () => {
    expect(new ProgressTracker(plan, trials, 100).progress(1100)).toMatchObject({
      total: 4,
      trials: { queued: 4, running: 0 },
      running: [],
      best: null,
      elapsedMs: 1000,
      timeLeft: null,
    });
  });

  it('shows what runs: epochs, the share of the one in progress, the last accuracy', () => {
    const tracker = new ProgressTracker(plan, trials, 0);
    tracker.heard(begin(first.id));
    tracker.heard(epoch(first.id, 1));
    tracker.heard({ type: 'progress', ...base(first.id), epoch: 2, step: 3, steps: 4, imagesPerSecond: 50 });
    const { running, trials: counts } = tracker.progress(1);
    expect(counts).toMatchObject({ queued: 3, running: 1 });
    expect(running).toEqual([
      {
        trialId: first.id,
        networkId: first.networkId,
        attempt: 1,
        epoch: 1.75,
        epochs: 10,
        validationAccuracy: 0.5,
        imagesPerSecond: 50,
      },
    ]);
  });

  it('an accuracy that is NaN is none', () => {
    const tracker = new ProgressTracker(plan, trials, 0);
    tracker.heard(epoch(first.id, 1, { validationAccuracy: Number.NaN }));
    expect(tracker.progress(1).running[0]?.validationAccuracy).toBeNull();
  });

  it('tells the time left from the work of the networks, not from the number of trials', () => {
    const tracker = new ProgressTracker(plan, trials, 0);
    for (let n = 1; n <= 10; n++) tracker.heard(epoch(first.id, n, { wallMs: 100 }));
    tracker.settled(first.id, 'completed', 0.6);
    const left = work(second!.id) + work(third!.id) + work(fourth!.id);
    const { expectedMs, lowMs, highMs } = tracker.progress(1000).timeLeft!;
    const atItsSpeed = (1000 * left) / work(first.id);
    expect(expectedMs / atItsSpeed).toBeGreaterThan(0.8);
    expect(expectedMs / atItsSpeed).toBeLessThan(1.25);
    expect(lowMs).toBeLessThan(expectedMs);
    expect(highMs).toBeGreaterThan(expectedMs);
  });

  it('an attempt that starts over has its work to do again; one that resumes has not, and claims no speed for it', () => {
    const alone = trials.slice(0, 1);
    const over = new ProgressTracker(plan, alone, 0);
    for (let n = 1; n <= 9; n++) over.heard(epoch(first.id, n, { wallMs: 100 }));
    expect(over.progress(1000).timeLeft?.expectedMs).toBeCloseTo(100, 6);
    over.heard(begin(first.id, 0));
    expect(over.progress(9000).timeLeft?.expectedMs).toBeCloseTo(1000, 6);
    const resumed = new ProgressTracker(plan, alone, 0);
    resumed.heard(begin(first.id, 5));
    expect(resumed.progress(1000).timeLeft).toBeNull();
    resumed.heard(epoch(first.id, 6, { wallMs: 100 }));
    expect(resumed.progress(9000).timeLeft?.expectedMs).toBeCloseTo(400, 6);
  });

  it('remembers the best, also of earlier runs, and is over when every trial is', () => {
    const earlier: TrialStanding = { ...first, state: 'completed', validationAccuracy: 0.8 };
    const tracker = new ProgressTracker(plan, [earlier, ...trials.slice(1)], 0);
    expect(tracker.progress(1)).toMatchObject({
      trials: { completed: 1, queued: 3 },
      best: { trialId: first.id, validationAccuracy: 0.8 },
    });
    tracker.settled(second!.id, 'completed', 0.7);
    expect(tracker.progress(1).best?.trialId).toBe(first.id);
    tracker.settled(third!.id, 'completed', 0.9);
    tracker.settled(fourth!.id, 'failed', null);
    expect(tracker.progress(1)).toMatchObject({
      best: { trialId: third!.id },
      trials: { completed: 3, failed: 1, queued: 0 },
      timeLeft: { expectedMs: 0, lowMs: 0, highMs: 0 },
    });
  });

  it('does not count what an earlier run left running as running', () => {
    const left: TrialStanding = { ...first, state: 'running', validationAccuracy: null };
    expect(new ProgressTracker(plan, [left], 0).progress(1)).toMatchObject({
      trials: { queued: 1, running: 0 },
      running: [],
    });
  });
});
