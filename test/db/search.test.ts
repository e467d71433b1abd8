import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Store } from '../../db/store.js';
import { parse } from '../../search/base/parse.js';
import { defaultRetries } from '../../search/plan/outcomes.js';
import { simulatedPlan } from '../../search/simulation/simulated-plan.js';
import { simulationSchema } from '../../search/simulation/simulation.js';
import { completedOutcome } from '../support/outcomes.js';
import { scratchFolder } from '../support/scratch.js';
import { smallPlan } from '../support/small-plan.js';

const folder = scratchFolder('store-search');
let store: Store;
let files = 0;
beforeEach(() => {
  store = Store.open(path.join(folder, `${files++}.sqlite`));
});
afterEach(() => store.close());

function complete(trialId: string, token: string, datasetDigest = 'd1'): void {
  store.transaction(() => {
    const attempt = store.openAttempt(trialId, token, 1);
    store.recordResult({ trialId, attempt, token, outcome: completedOutcome({ datasetDigest }) }, defaultRetries, 2);
  });
}

describe('a stored plan', () => {
  it('is read back equal, field by field', () => {
    const plan = smallPlan({ depths: 5, replicates: 3 });
    const { id } = store.addSearch(plan, null, 1234);
    expect(store.read.plan(id)).toEqual(plan);
    expect(store.read.searches()).toEqual([
      {
        id,
        hash: plan.hash,
        name: 'small',
        simulation: null,
        datasetDigest: null,
        createdMs: 1234,
        trials: { queued: 15, running: 0, paused: 0, completed: 0, failed: 0, cancelled: 0 },
      },
    ]);
  });

  it('is stored once', () => {
    const { id } = store.addSearch(smallPlan(), null, 1);
    expect(store.addSearch(smallPlan(), null, 2)).toEqual({ id, isNew: false });
    expect(store.read.searches()).toHaveLength(1);
  });

  it('is stored whole or not at all', () => {
    const plan = smallPlan();
    const orphan = { ...plan, points: [{ ...plan.points[0]!, networkId: 'nobody' }] };
    expect(() => store.addSearch(orphan, null, 1)).toThrow(/FOREIGN KEY/);
    expect(store.read.searches()).toEqual([]);
    expect(store.addSearch(plan, null, 1).isNew).toBe(true);
  });

  it('that the store does not hold is a RangeError', () => {
    expect(() => store.read.plan(7)).toThrow(RangeError);
    expect(() => store.fixDatasetDigest(7, 'd')).toThrow(RangeError);
  });
});

describe('two searches in one store', () => {
  it('share the trials that are equal, and what is finished stays finished', () => {
    const small = smallPlan({ depths: 2, replicates: 1 });
    const large = smallPlan({ depths: 3, replicates: 1 });
    const first = store.addSearch(small, null, 1);
    complete(small.trials[0]!.id, 'a');
    const second = store.addSearch({ ...large, hash: 'another' }, null, 2);
    expect(second.isNew).toBe(true);
    expect(store.read.unfinished(second.id).map(({ id }) => id)).toEqual(large.trials.slice(1).map(({ id }) => id));
    expect(store.read.unfinished(first.id)).toHaveLength(1);
    expect(store.read.searches()[1]?.datasetDigest).toBe('d1');
  });

  it('do not share results on different data: refused, and nothing is stored', () => {
    const small = smallPlan({ depths: 2, replicates: 1 });
    const large = smallPlan({ depths: 3, replicates: 1 });
    const first = store.addSearch(small, null, 1);
    complete(small.trials[0]!.id, 'a', 'images of Monday');
    complete(small.trials[1]!.id, 'b', 'images of Tuesday');
    const mixed = /results of this plan on different data \(digests images of Mo and images of Tu\); use/;
    expect(() => store.addSearch({ ...large, hash: 'another' }, null, 2)).toThrow(mixed);
    expect(store.read.searches().map(({ id }) => id)).toEqual([first.id]);
    expect(() => store.addSearch(small, null, 3)).toThrow(mixed);
  });

  it('share nothing when one is simulated, or both by other models', () => {
    const plan = smallPlan();
    const simulations = [1, 2].map((seed) => parse(simulationSchema, { seed }, 'simulation'));
    store.addSearch(plan, null, 1);
    complete(plan.trials[0]!.id, 'a');
    for (const simulation of simulations) {
      const { id } = store.addSearch(simulatedPlan(plan, simulation), simulation, 2);
      expect(store.read.unfinished(id)).toHaveLength(plan.trials.length);
    }
    expect(store.read.searches().map(({ simulation }) => simulation)).toEqual([null, ...simulations]);
  });
});

it('the digest of the dataset is fixed by the first who says it', () => {
  const { id } = store.addSearch(smallPlan(), null, 1);
  expect(store.fixDatasetDigest(id, 'first')).toBe('first');
  expect(store.fixDatasetDigest(id, 'second')).toBe('first');
  expect(store.read.searches()[0]?.datasetDigest).toBe('first');
});

it('events are read on from the last one', () => {
  const { id } = store.addSearch(smallPlan(), null, 1);
  for (let i = 0; i < 5; i++) store.addEvent({ searchId: id, kind: 'started', detail: `${i}` }, i);
  const [first, second] = store.read.events(0, 2);
  expect([first?.detail, second?.detail]).toEqual(['0', '1']);
  expect(store.read.events(second!.id, 10).map(({ detail }) => detail)).toEqual(['2', '3', '4']);
});
