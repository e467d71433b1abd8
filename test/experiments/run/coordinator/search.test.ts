import { existsSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../../../db/store.js';
import type { CoordinatorOptions } from '../../../../experiments/run/coordinator/coordinator.js';
import { Coordinator } from '../../../../experiments/run/coordinator/coordinator.js';
import { accuraciesIn, coordinateOn, named, plan, pool } from '../../../support/coordinated.js';
import { scratchStores } from '../../../support/scratch-stores.js';
import { simulation } from '../../../support/simulated.js';
import { smallPlan } from '../../../support/small-plan.js';
import { wrapped } from '../../../support/wrapped-executor.js';

const openStore = scratchStores('coordinator-search');
let store: Store;
beforeEach(() => {
  store = openStore();
});

const coordinate = (options: Partial<CoordinatorOptions> = {}) => coordinateOn(store, options);
const accuracies = (searchId: number) => accuraciesIn(store, searchId);

describe('a search', () => {
  it('ends when every trial is over, with one result each', async () => {
    const { coordinator, events } = coordinate();
    const end = await coordinator.run();
    expect(end).toMatchObject({
      state: 'finished',
      endedNow: 8,
      trials: { completed: 8, queued: 0, running: 0, failed: 0 },
    });
    expect(accuracies(end.searchId).every((accuracy) => typeof accuracy === 'number' && accuracy > 0.5)).toBe(true);
    expect(store.read.attempts(end.searchId).map(({ number, state }) => `${number} ${state}`)).toEqual(
      new Array(8).fill('1 completed'),
    );
    expect(store.read.trials(end.searchId).map(({ id }) => store.read.curve(id).length)).toEqual(new Array(8).fill(2));
    expect(events[0]).toMatchObject({ event: 'planned', isNew: true, simulated: true, total: 8, unfinished: 8 });
    expect(named(events, 'trial-started')).toHaveLength(8);
    expect(named(events, 'epoch')).toHaveLength(16);
    expect(named(events, 'trial-ended')).toHaveLength(8);
    expect(existsSync(`${store.file}.d`)).toBe(false);
  });

  it('that is finished trains nothing, and does not even start its executor', async () => {
    const first = await coordinate().coordinator.run();
    const before = accuracies(first.searchId);
    const executor = wrapped(pool(), { start: () => Promise.reject(new Error('started')) });
    const { coordinator, events } = coordinate({ executor });
    expect(await coordinator.run()).toEqual({ ...first, endedNow: 0 });
    expect(events).toMatchObject([{ event: 'planned', isNew: false, unfinished: 0 }]);
    expect(accuracies(first.searchId)).toEqual(before);
  });

  it('has its plan in the store before anything is submitted', async () => {
    const inner = pool();
    const planned: number[] = [];
    const executor = wrapped(inner, {
      start: async (handlers) => {
        planned.push(store.read.searches()[0]?.trials.queued ?? 0);
        await inner.start(handlers);
      },
    });
    await coordinate({ executor }).coordinator.run();
    expect(planned).toEqual([8]);
  });

  it('gives the same numbers with one worker and with four, in any order', async () => {
    const one = await coordinate({ executor: pool(1) }).coordinator.run();
    const other = openStore();
    const four = await new Coordinator({ plan, simulation: simulation(), store: other, executor: pool(4) }).run();
    expect(other.read.evidence(four.searchId)).toEqual(store.read.evidence(one.searchId));
  });

  it('of thousands of trials does not fill the executor with all of them', async () => {
    const inner = pool();
    let most = 0;
    const executor = wrapped(inner, {
      submit: async (jobs) => {
        await inner.submit(jobs);
        most = Math.max(most, (await inner.held()).size);
      },
    });
    const large = smallPlan({ depths: 16, resolutions: 2, replicates: 100, epochs: 1 });
    const end = await coordinate({ plan: large, executor }).coordinator.run();
    expect(end.trials.completed).toBe(3200);
    expect(most).toBeGreaterThan(500);
    expect(most).toBeLessThan(1100);
  });
});
