import { describe, expect, it } from 'vitest';
import { timeLeftOf } from '../../dashboard/views/search-progress.js';
import type { StoredTrial } from '../../db/records.js';
import { ProgressTracker } from '../../experiments/run/coordinator/progress.js';
import type { TrialEvent } from '../../workers/executors/contract.js';
import { epochMetrics, provenance } from '../support/outcomes.js';
import { smallPlan } from '../support/small-plan.js';

const epochs = 10;
const small = smallPlan({ depths: 4, replicates: 1, epochs });
/** The same plan, in which every network but that of the first trial re-computes. */
const plan = {
  ...small,
  networks: small.networks.map((network) => ({
    ...network,
    saving: { recompute: network.id !== small.trials[0]!.networkId, microBatches: 1 },
  })),
};
const base = (trialId: string) => ({ trialId, attempt: 1, token: 't' });

/** What the terminal says after the first trial took so long and the second has begun. */
function onTheTerminal(from: typeof plan, wallMs: number) {
  const trials = from.trials.map(({ id, networkId }) => ({
    id,
    networkId,
    state: 'queued' as const,
    validationAccuracy: null,
  }));
  const tracker = new ProgressTracker(from, trials, 0);
  const [first, second] = trials;
  const begin = (id: string): TrialEvent => ({
    type: 'started',
    ...base(id),
    provenance,
    resumedAtEpoch: 0,
    datasetDigest: 'd',
    notes: [],
  });
  tracker.heard(begin(first!.id));
  for (let n = 1; n <= epochs; n++)
    tracker.heard({
      type: 'epoch',
      ...base(first!.id),
      metrics: epochMetrics(n, { wallMs: wallMs / epochs }),
    });
  tracker.settled(first!.id, 'completed', 0.6);
  tracker.heard(begin(second!.id));
  return tracker.progress(1000).timeLeft;
}

/** What the page says of the same search. */
function onThePage(from: typeof plan, wallMs: number) {
  const trials = from.trials.map(({ id, networkId, replicate, seed }, i) => {
    const common = { id, networkId, replicate, seed, attempts: i < 2 ? 1 : 0 };
    if (i === 0) return { ...common, state: 'completed', result: { ...provenance, validationAccuracy: 0.6, wallMs } };
    return i === 1 ? { ...common, state: 'running', epoch: 0 } : { ...common, state: 'queued' };
  });
  return timeLeftOf(from, trials as unknown as StoredTrial[]);
}

describe('the time left', () => {
  it('is the same on the terminal and on the page, with re-computation', () => {
    const page = onThePage(plan, 3000);
    expect(page).toEqual(onTheTerminal(plan, 3000));
    expect(page!.expectedMs).toBeGreaterThan(0);
  });

  it('is a third longer where every trial to come re-computes and the finished one did not', () => {
    const ratio = onThePage(plan, 3000)!.expectedMs / onThePage(small as typeof plan, 3000)!.expectedMs;
    expect(ratio).toBeCloseTo(4 / 3, 10);
  });

  it('is not known while nothing runs', () => {
    const waiting = small.trials.map((trial) => ({ ...trial, attempts: 0, state: 'queued' }));
    expect(timeLeftOf(small, waiting as unknown as StoredTrial[])).toBeNull();
  });
});
