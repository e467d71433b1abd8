import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreReader } from '../../db/reader.js';
import type { StoredTrial } from '../../db/records.js';
import { Store } from '../../db/store.js';
import { Random } from '../../search/base/random.js';
import { defaultRetries } from '../../search/plan/outcomes.js';
import type { TrialOutcome } from '../../search/plan/trial.js';
import { completedOutcome, epochMetrics, provenance } from '../support/outcomes.js';
import { scratchFolder } from '../support/scratch.js';
import { smallPlan } from '../support/small-plan.js';

const folder = scratchFolder('follow');
const plan = smallPlan({ depths: 6, replicates: 3 });
let files = 0;
let store: Store;
let reader: StoreReader;
let searchId: number;
beforeEach(() => {
  store = Store.open(path.join(folder, `${files++}.sqlite`));
  searchId = store.addSearch(plan, null, 1).id;
  reader = StoreReader.open(store.file);
});
afterEach(() => {
  reader.close();
  store.close();
});

const outcomes: readonly TrialOutcome[] = [
  completedOutcome(),
  { state: 'diverged', atEpoch: 1 },
  { state: 'crashed', message: 'a crash' },
  { state: 'lost', message: 'gone' },
  { state: 'paused', atEpoch: 1, epochs: [epochMetrics(1)] },
  { state: 'cancelled' },
];

/** Does something that may happen to a trial. */
function happen(random: Random): void {
  const trial = plan.trials[random.below(plan.trials.length)]!;
  const { state } = store.read.trials(searchId).find(({ id }) => id === trial.id)!;
  if (state === 'completed') return;
  if (random.below(6) === 0) {
    store.requeue(searchId, ['failed', 'cancelled']);
    return;
  }
  if (state === 'failed' || state === 'cancelled') return;
  const token = `token ${random.below(1e9)}`;
  const attempt = { trialId: trial.id, attempt: store.openAttempt(trial.id, token, 1), token };
  store.startAttempt({ ...attempt, provenance, resumedAtEpoch: 0 }, 2);
  for (let epoch = 1; epoch <= random.below(3); epoch++)
    store.recordEpoch({ ...attempt, metrics: epochMetrics(epoch) });
  if (random.below(3) === 0) return;
  store.recordResult({ ...attempt, outcome: outcomes[random.below(outcomes.length)]! }, defaultRetries, 3);
}

describe('trials that are read on from what was read before', () => {
  it('are those that reading all of them gives, whatever has happened since', () => {
    const states = new Set<string>();
    for (let seed = 1; seed <= 5; seed++) {
      const random = new Random(seed);
      let known: StoredTrial[] = [];
      for (let round = 0; round < 40; round++) {
        store.transaction(() => {
          for (let i = 0; i <= random.below(4); i++) happen(random);
        });
        known = reader.trials(searchId, known);
        expect(known).toEqual(reader.trials(searchId));
        for (const { state } of known) states.add(state);
      }
    }
    expect([...states].toSorted()).toEqual(['cancelled', 'completed', 'failed', 'paused', 'queued', 'running']);
  });

  it('are the very same objects where nothing has changed', () => {
    const random = new Random(9);
    for (let i = 0; i < 30; i++) happen(random);
    const before = reader.trials(searchId);
    const again = reader.trials(searchId, before);
    before.forEach((trial, i) => {
      if (trial.state === 'running') expect(again[i]).toEqual(trial);
      else expect(again[i]).toBe(trial);
    });
  });

  it('include those that were added to the plan', () => {
    const before = reader.trials(searchId);
    const { networkId } = plan.trials[0]!;
    const added = { id: 'added', networkId, replicate: 3, seed: 7 };
    store.transaction(() => store.addTrials(searchId, [added]));
    expect(reader.trials(searchId, before)).toEqual(reader.trials(searchId));
    expect(reader.trials(searchId, before)).toHaveLength(before.length + 1);
  });
});
