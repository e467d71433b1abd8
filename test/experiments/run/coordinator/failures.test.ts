import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Store } from '../../../../db/store.js';
import type { CoordinatorOptions } from '../../../../experiments/run/coordinator/coordinator.js';
import { InputError } from '../../../../search/base/errors.js';
import { defaultRetries } from '../../../../search/plan/outcomes.js';
import { resultOf, type TrialRunner } from '../../../../workers/executors/contract.js';
import { runSimulated } from '../../../../workers/trial/simulated.js';
import { coordinateOn, named, plan, pool } from '../../../support/coordinated.js';
import { completedOutcome } from '../../../support/outcomes.js';
import { scratchStores } from '../../../support/scratch-stores.js';
import { simulation } from '../../../support/simulated.js';
import { smallPlan } from '../../../support/small-plan.js';
import { until } from '../../../support/until.js';
import { wrapped } from '../../../support/wrapped-executor.js';

const openStore = scratchStores('coordinator-failures');
let store: Store;
beforeEach(() => {
  store = openStore();
});

const coordinate = (options: Partial<CoordinatorOptions> = {}) => coordinateOn(store, options);

describe('failures', () => {
  it('that pass are tried again, and the search finds the same as without them', async () => {
    const undisturbed = await coordinate().coordinator.run();
    const faults = { crash: 0.15, lost: 0.25 };
    const retries = { lost: 20, crashed: 20, oom: 0, diverged: 0, timeout: 0, infeasible: 0 };
    const other = openStore();
    const { coordinator, events } = coordinate({ store: other, simulation: simulation({ faults }), retries });
    const end = await coordinator.run();
    expect(end.trials.completed).toBe(8);
    expect(other.read.evidence(end.searchId)).toEqual(store.read.evidence(undisturbed.searchId));
    const retried = named(events, 'trial-ended').filter((event) => 'state' in event && event.state === 'queued');
    expect(retried.length).toBeGreaterThan(0);
    expect(other.read.attempts(end.searchId)).toHaveLength(8 + retried.length);
  });

  it('that stay fail the trial with a word and a reason, and the rest goes on', async () => {
    const poison = plan.trials[3]!;
    const run: TrialRunner = async (job, options) =>
      job.seed === poison.seed
        ? resultOf(job, { state: 'lost', message: 'it took its worker with it' })
        : runSimulated(job, options);
    const end = await coordinate({ executor: pool(2, run) }).coordinator.run();
    expect(end.trials).toMatchObject({ completed: 7, failed: 1 });
    expect(store.read.trials(end.searchId)[3]).toMatchObject({
      state: 'failed',
      outcome: 'lost',
      message: 'lost: it took its worker with it',
      attempts: 4,
    });
  });

  it('of all trials end the search too', async () => {
    const end = await coordinate({ simulation: simulation({ faults: { diverge: 1 } }) }).coordinator.run();
    expect(end).toMatchObject({ state: 'finished', trials: { failed: 8, completed: 0 } });
  });

  it('a result with a NaN is a divergence', async () => {
    const run: TrialRunner = async (job) => resultOf(job, completedOutcome({ validationAccuracy: Number.NaN }));
    const end = await coordinate({ executor: pool(2, run) }).coordinator.run();
    expect(store.read.trials(end.searchId)[0]).toMatchObject({ state: 'failed', outcome: 'diverged' });
  });

  it.each([
    ['a measure that is no number', { peakBytes: Number.NaN }],
    ['an accuracy of null', { validationAccuracy: null as unknown as number }],
  ])('%s harms no other trial, and the search ends', async (_, fields) => {
    const run: TrialRunner = async (job, options) =>
      job.seed === plan.trials[2]!.seed
        ? resultOf(job, completedOutcome({ datasetDigest: 'simulated', ...fields }))
        : runSimulated(job, options);
    const end = await coordinate({ executor: pool(4, run) }).coordinator.run();
    expect(end.trials).toMatchObject({ completed: 7, failed: 1 });
    const { peakBytes } = fields as { peakBytes?: number };
    expect(store.read.trials(end.searchId)[2]).toMatchObject(
      peakBytes === undefined
        ? { outcome: 'diverged' }
        : { outcome: 'crashed', message: expect.stringContaining('cannot be stored: NOT NULL') },
    );
  });

  it('a result that does not count does not say what the data are', async () => {
    const inner = pool(1);
    let stale = true;
    const executor = wrapped(inner, {
      start: (handlers) =>
        inner.start({
          ...handlers,
          onResult: async (result) => {
            if (stale) {
              stale = false;
              await handlers.onResult({ ...result, token: 'old', outcome: completedOutcome({ datasetDigest: 'old' }) });
            }
            await handlers.onResult(result);
          },
          onEvent: (event) => {
            if (event.type !== 'started') handlers.onEvent(event);
          },
        }),
    });
    const end = await coordinate({ executor }).coordinator.run();
    expect(end.trials.completed).toBe(8);
    expect(store.read.datasetDigest(end.searchId)).toBe('simulated');
  });

  it('data that have changed since the last run are refused before anything is queued', async () => {
    let begun = 0;
    const stuck: TrialRunner = async (job, { signal }) => {
      if (++begun > 2) await once(signal, 'abort');
      return resultOf(job, completedOutcome({ datasetDigest: 'before' }));
    };
    const first = coordinate({ simulation: null, executor: pool(1, stuck) });
    const running = first.coordinator.run();
    while (first.coordinator.progress().trials.completed < 2) await sleep(1);
    await first.coordinator.stop('now');
    const { searchId } = await running;
    const attempts = store.read.attempts(searchId);
    expect(() => coordinate({ simulation: null, datasetDigest: 'after' })).toThrow(
      new InputError(
        'bad-data',
        'data: expected the content with digest before that this search began with, got after; restore the data or use another store',
      ),
    );
    expect(store.read.attempts(searchId)).toEqual(attempts);
    // A plan that would share what is trained already is not even stored.
    const shared = { ...smallPlan({ depths: 5, replicates: 2 }), hash: 'larger' };
    expect(() => coordinate({ plan: shared, simulation: null, datasetDigest: 'after' })).toThrow(/restore the data/);
    expect(store.read.searches()).toHaveLength(1);
    const rest = pool(1, async (job) => resultOf(job, completedOutcome({ datasetDigest: 'before' })));
    const again = coordinate({ simulation: null, datasetDigest: 'before', executor: rest });
    expect((await again.coordinator.run()).trials.completed).toBe(8);
    // What is finished can be looked at without its data.
    const later = coordinate({ simulation: null, datasetDigest: 'after' });
    expect(await later.coordinator.run()).toMatchObject({ state: 'finished', endedNow: 0 });
  });

  it('a trial that something else has ended in the store is settled as the store has it', async () => {
    let meddled = false;
    const run: TrialRunner = async (job, options) => {
      const result = await runSimulated(job, options);
      if (!meddled) {
        meddled = true;
        store.transaction(() => store.recordResult(result, defaultRetries, 1));
      }
      return result;
    };
    const { coordinator, events } = coordinate({ executor: pool(1, run) });
    expect(await coordinator.run()).toMatchObject({ state: 'finished', endedNow: 8, trials: { completed: 8 } });
    expect(named(events, 'trial-ended')).toHaveLength(8);
    expect(named(events, 'note')).toMatchObject([{ message: 'a duplicate result of attempt 1 was not counted' }]);
  });

  it('an attempt that something else has replaced in the store ends the run with a word', async () => {
    const run: TrialRunner = async (job, options) => {
      if (job.seed === plan.trials[0]!.seed) store.openAttempt(job.trialId, 'not ours', 1);
      return runSimulated(job, options);
    };
    await expect(coordinate({ executor: pool(1, run) }).coordinator.run()).rejects.toThrow(
      /expected the result of its open attempt 1 to count, got a late one while the trial is queued/,
    );
  });

  it('a training on other images than the first one does not count', async () => {
    let trained = 0;
    const run: TrialRunner = async (job) =>
      resultOf(job, completedOutcome({ datasetDigest: trained++ === 0 ? 'first' : 'other' }));
    const end = await coordinate({ executor: pool(1, run) }).coordinator.run();
    expect(end.trials).toMatchObject({ completed: 1, failed: 7 });
    expect(store.read.trials(end.searchId)[1]).toMatchObject({
      outcome: 'infeasible',
      message: expect.stringContaining('digest other'),
    });
  });

  it('the digest that the first trial reports goes with the jobs of the next run', async () => {
    const digests = new Set<string | null>();
    const run: TrialRunner = async (job, options) => {
      digests.add(job.datasetDigest);
      return runSimulated(job, options);
    };
    const stopped = coordinate({ executor: pool(1, run), simulation: simulation({ epochMs: 20 }) });
    const running = stopped.coordinator.run();
    await until(() => named(stopped.events, 'trial-started').length > 0);
    await stopped.coordinator.stop('now');
    expect((await running).state).toBe('stopped');
    expect(digests).toEqual(new Set([null]));
    digests.clear();
    await coordinate({ executor: pool(1, run), simulation: simulation({ epochMs: 20 }) }).coordinator.run();
    expect(digests).toEqual(new Set(['simulated']));
  });

  it('to open the attempts of a retried trial end the run with that error, and no trial is taken for over', async () => {
    let crashes = 0;
    const run: TrialRunner = async (job, options) => {
      if (crashes++ > 0) return runSimulated(job, options);
      // From here on the disk is full for attempts, as it may be in the middle of a search.
      vi.spyOn(store, 'openAttempt').mockImplementation(() => {
        throw new Error('no room left');
      });
      return resultOf(job, { state: 'crashed', message: 'once' });
    };
    const { coordinator } = coordinate({ executor: pool(1, run) });
    await expect(coordinator.run()).rejects.toThrow('no room left');
    expect(store.read.searches()[0]?.trials).toMatchObject({ failed: 0, queued: expect.any(Number) });
    vi.restoreAllMocks();
    expect(await coordinate().coordinator.run()).toMatchObject({ state: 'finished', trials: { completed: 8 } });
  });

  it('of a commit while the executor is still being started end the run, and nothing else', async () => {
    const inner = pool();
    const unhandled: unknown[] = [];
    const listen = (reason: unknown) => void unhandled.push(reason);
    process.on('unhandledRejection', listen);
    const executor = wrapped(inner, {
      start: async (handlers) => {
        await inner.start(handlers);
        const broken = vi.spyOn(store, 'transaction').mockImplementation(() => {
          throw new Error('no room left');
        });
        handlers.onNote?.('a note that cannot be written');
        await until(() => broken.mock.calls.length > 0);
        vi.restoreAllMocks();
      },
    });
    await expect(coordinate({ executor }).coordinator.run()).rejects.toThrow('no room left');
    process.off('unhandledRejection', listen);
    expect(unhandled).toEqual([]);
  });

  it('of the store end the run with that error, and the executor is closed', async () => {
    const inner = pool();
    const own = openStore();
    const { coordinator, events } = coordinate({
      store: own,
      executor: inner,
      simulation: simulation({ epochMs: 20 }),
    });
    const running = coordinator.run();
    const failed = expect(running).rejects.toThrow(/not open/);
    await until(() => named(events, 'trial-started').length > 0);
    own.close();
    await failed;
    await expect(inner.submit([])).rejects.toThrow('not running');
  });
});
