import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../../../db/store.js';
import type { CoordinatorOptions } from '../../../../experiments/run/coordinator/coordinator.js';
import { coordinateOn, named } from '../../../support/coordinated.js';
import { scratchStores } from '../../../support/scratch-stores.js';
import { simulation } from '../../../support/simulated.js';

const openStore = scratchStores('coordinator-stopping');
let store: Store;
beforeEach(() => {
  store = openStore();
});

const coordinate = (options: Partial<CoordinatorOptions> = {}) => coordinateOn(store, options);

describe('a stopped search', () => {
  const slow = simulation({ epochMs: 40 });

  it('now: keeps what is finished, and the next run trains the rest without counting an attempt as failed', async () => {
    const { coordinator } = coordinate({ simulation: slow });
    const running = coordinator.run();
    while (coordinator.progress().trials.completed < 2) await sleep(5);
    await coordinator.stop('now');
    const end = await running;
    expect(end.state).toBe('stopped');
    expect(end.trials.running).toBe(0);
    expect(end.trials.completed).toBeGreaterThanOrEqual(2);
    expect(end.trials.queued).toBe(8 - end.trials.completed);
    const second = coordinate({ simulation: slow });
    const finished = await second.coordinator.run();
    expect(finished).toMatchObject({ state: 'finished', endedNow: end.trials.queued, trials: { completed: 8 } });
    expect(second.events[0]).toMatchObject({ isNew: false, unfinished: end.trials.queued });
    const attempts = store.read.attempts(end.searchId);
    expect(attempts.filter(({ state }) => state === 'completed')).toHaveLength(8);
    expect(attempts.filter(({ state }) => state !== 'completed').every(({ state }) => state === 'interrupted')).toBe(
      true,
    );
  });

  it('drain: what runs comes to its end, nothing else starts', async () => {
    const { coordinator, events } = coordinate({ simulation: slow });
    const running = coordinator.run();
    while (named(events, 'trial-started').length < 2) await sleep(5);
    await coordinator.stop('drain');
    const end = await running;
    expect(end).toMatchObject({ state: 'stopped', endedNow: 2, trials: { completed: 2, queued: 6 } });
    expect(store.read.attempts(end.searchId).some(({ state }) => state === 'interrupted')).toBe(false);
  });

  it('drain, then now: is cut short', async () => {
    const { coordinator, events } = coordinate({ simulation: simulation({ epochMs: 60_000 }) });
    const running = coordinator.run();
    while (named(events, 'trial-started').length < 2) await sleep(5);
    const draining = coordinator.stop('drain');
    await coordinator.stop('now');
    await draining;
    expect(await running).toMatchObject({ state: 'stopped', endedNow: 0, trials: { queued: 8 } });
  });

  it('before it runs: trains nothing', async () => {
    const { coordinator } = coordinate();
    await coordinator.stop('now');
    expect(await coordinator.run()).toMatchObject({ state: 'stopped', endedNow: 0, trials: { queued: 8 } });
  });

  it('paused: starts nothing until it is resumed', async () => {
    const { coordinator, events } = coordinate({ simulation: slow });
    const running = coordinator.run();
    while (named(events, 'trial-started').length < 2) await sleep(5);
    await coordinator.pause();
    while (coordinator.progress().running.length > 0) await sleep(5);
    await sleep(100);
    expect(named(events, 'trial-started').length).toBeLessThanOrEqual(3);
    await coordinator.resume();
    expect(await running).toMatchObject({ state: 'finished', trials: { completed: 8 } });
  });
});
