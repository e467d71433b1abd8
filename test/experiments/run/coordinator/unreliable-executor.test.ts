import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../../../db/store.js';
import type { CoordinatorOptions } from '../../../../experiments/run/coordinator/coordinator.js';
import type { ExecutorHandlers, TrialJob, TrialResult } from '../../../../workers/executors/contract.js';
import { accuraciesIn, coordinateOn, named, pool } from '../../../support/coordinated.js';
import { completedOutcome } from '../../../support/outcomes.js';
import { scratchStores } from '../../../support/scratch-stores.js';
import { simulation } from '../../../support/simulated.js';
import { wrapped } from '../../../support/wrapped-executor.js';

const openStore = scratchStores('coordinator-unreliable-executor');
let store: Store;
beforeEach(() => {
  store = openStore();
});

const coordinate = (options: Partial<CoordinatorOptions> = {}) => coordinateOn(store, options);
const accuracies = (searchId: number) => accuraciesIn(store, searchId);

describe('an unreliable executor', () => {
  it('that takes no jobs for a while is asked again', async () => {
    const inner = pool();
    let refusals = 2;
    const executor = wrapped(inner, {
      submit: (jobs) => (refusals-- > 0 ? Promise.reject(new Error('connection refused')) : inner.submit(jobs)),
    });
    const { coordinator, events } = coordinate({ executor });
    expect(await coordinator.run()).toMatchObject({ state: 'finished', trials: { completed: 8 } });
    expect(named(events, 'note')).toMatchObject(
      new Array(2).fill({ message: 'the local executor takes no trials: connection refused' }),
    );
  });

  it('that loses half of its jobs is given them again', async () => {
    const inner = pool();
    let given = 0;
    const executor = wrapped(inner, {
      submit: (jobs) => inner.submit(given++ === 0 ? jobs.filter((_, i) => i % 2 === 0) : jobs),
    });
    const { coordinator, events } = coordinate({ executor, reconcileMs: 50 });
    const end = await coordinator.run();
    expect(end).toMatchObject({ state: 'finished', trials: { completed: 8 } });
    expect(named(events, 'note')).toMatchObject([
      { message: 'the local executor had lost 4 trials; they are submitted again' },
    ]);
    expect(store.read.attempts(end.searchId)).toHaveLength(8);
  });

  it('that delivers every result three times, and some from long ago: each trial has one', async () => {
    const inner = pool();
    const late: TrialResult[] = [];
    const executor = wrapped(inner, {
      start: (handlers) =>
        inner.start({
          ...handlers,
          onResult: async (result) => {
            const stale = { ...result, token: 'from long ago', outcome: completedOutcome({ validationAccuracy: 1 }) };
            await Promise.all([handlers.onResult(stale), handlers.onResult(result), handlers.onResult(result)]);
            for (const earlier of late) await handlers.onResult(earlier);
            late.push(result);
          },
        }),
    });
    const { coordinator } = coordinate({ executor });
    const end = await coordinator.run();
    expect(end).toMatchObject({ endedNow: 8, trials: { completed: 8 } });
    expect(accuracies(end.searchId)).not.toContain(1);
    const kinds = store.read.events(0, 1000).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'late-result')).toHaveLength(8);
    expect(kinds.filter((kind) => kind === 'duplicate-result')).toHaveLength(8 + (8 * 7) / 2);
  });

  it('that outlives its coordinator: the next one goes on with what it holds and takes what it kept', async () => {
    const transport = pool();
    let handlers: ExecutorHandlers | null = null;
    const kept: TrialResult[] = [];
    const seen: TrialJob[] = [];
    await transport.start({
      onResult: async (result) => (handlers ? handlers.onResult(result) : void kept.push(result)),
      onEvent: (event) => handlers?.onEvent(event),
    });
    const connection = () =>
      wrapped(transport, {
        start: async (mine) => {
          handlers = mine;
          for (const result of kept.splice(0)) await mine.onResult(result);
        },
        submit: (jobs) => {
          seen.push(...jobs);
          return transport.submit(jobs);
        },
        close: async () => {
          handlers = null;
        },
      });
    const slow = simulation({ epochMs: 30 });
    const first = coordinate({ executor: connection(), simulation: slow });
    const running = first.coordinator.run();
    while (first.coordinator.progress().trials.running < 2) await sleep(5);
    // The first coordinator is gone without a word: nobody hears the transport until the second one comes.
    handlers = null;
    while (kept.length < 3) await sleep(5);
    const second = coordinate({ executor: connection(), simulation: slow });
    const end = await second.coordinator.run();
    expect(end).toMatchObject({ state: 'finished', trials: { completed: 8 } });
    expect(seen).toHaveLength(8);
    expect(store.read.attempts(end.searchId)).toHaveLength(8);
    await first.coordinator.stop('now');
    await running;
    await transport.close('now');
  });
});
