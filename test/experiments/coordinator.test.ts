import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Store } from '../../db/store.js';
import { Coordinator, type CoordinatorOptions } from '../../experiments/coordinator.js';
import type { SearchEvent } from '../../experiments/search-events.js';
import { InputError } from '../../search/errors.js';
import { defaultRetries } from '../../search/outcomes.js';
import type { Executor, ExecutorHandlers, TrialJob, TrialResult } from '../../workers/contract.js';
import { LocalPool } from '../../workers/executor/pool.js';
import { resultOf, type TrialRunner } from '../../workers/executor/runner.js';
import { runSimulated } from '../../workers/trial/simulated.js';
import { completedOutcome } from '../support/outcomes.js';
import { scratchFolder } from '../support/scratch.js';
import { simulation } from '../support/simulated.js';
import { smallPlan } from '../support/small-plan.js';

const folder = scratchFolder('coordinator');
let files = 0;
let store: Store;
beforeEach(() => {
  store = Store.open(path.join(folder, `${files++}.sqlite`));
});
afterEach(() => store.close());

const plan = smallPlan({ depths: 4, replicates: 2 });
const pool = (slots = 2, run: TrialRunner = runSimulated) => new LocalPool({ slots, run });

/** A coordinator of a simulated search on this test's store, and the events that it emits. */
function coordinate(options: Partial<CoordinatorOptions> = {}) {
  const events: SearchEvent[] = [];
  const onEvent = (event: SearchEvent) => void events.push(event);
  const coordinator = new Coordinator({ plan, simulation: simulation(), store, executor: pool(), onEvent, ...options });
  return { coordinator, events };
}
const accuracies = (searchId: number) =>
  store.read
    .trials(searchId)
    .map((trial) => (trial.state === 'completed' ? trial.result.validationAccuracy : trial.state));
const named = (events: readonly SearchEvent[], name: SearchEvent['event']) =>
  events.filter(({ event }) => event === name);

/** An executor that does what another one does, but for what is replaced. */
function wrapped(inner: Executor, replaced: Partial<Executor>): Executor {
  return {
    name: inner.name,
    start: (handlers) => inner.start(handlers),
    submit: (jobs) => inner.submit(jobs),
    held: () => inner.held(),
    pause: () => inner.pause(),
    resume: () => inner.resume(),
    cancel: (ids) => inner.cancel(ids),
    close: (how) => inner.close(how),
    ...replaced,
  };
}

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
    const other = Store.open(path.join(folder, `${files++}.sqlite`));
    try {
      const four = await new Coordinator({ plan, simulation: simulation(), store: other, executor: pool(4) }).run();
      expect(other.read.evidence(four.searchId)).toEqual(store.read.evidence(one.searchId));
    } finally {
      other.close();
    }
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

describe('failures', () => {
  it('that pass are tried again, and the search finds the same as without them', async () => {
    const undisturbed = await coordinate().coordinator.run();
    const faults = { crash: 0.15, lost: 0.25 };
    const retries = { lost: 20, crashed: 20, oom: 0, diverged: 0, timeout: 0, infeasible: 0 };
    const other = Store.open(path.join(folder, `${files++}.sqlite`));
    try {
      const { coordinator, events } = coordinate({ store: other, simulation: simulation({ faults }), retries });
      const end = await coordinator.run();
      expect(end.trials.completed).toBe(8);
      expect(other.read.evidence(end.searchId)).toEqual(store.read.evidence(undisturbed.searchId));
      const retried = named(events, 'trial-ended').filter((event) => 'state' in event && event.state === 'queued');
      expect(retried.length).toBeGreaterThan(0);
      expect(other.read.attempts(end.searchId)).toHaveLength(8 + retried.length);
    } finally {
      other.close();
    }
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
    await sleep(100);
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
        vi.spyOn(store, 'transaction').mockImplementation(() => {
          throw new Error('no room left');
        });
        handlers.onNote?.('a note that cannot be written');
        await sleep(100);
        vi.restoreAllMocks();
      },
    });
    await expect(coordinate({ executor }).coordinator.run()).rejects.toThrow('no room left');
    process.off('unhandledRejection', listen);
    expect(unhandled).toEqual([]);
  });

  it('of the store end the run with that error, and the executor is closed', async () => {
    const inner = pool();
    const own = Store.open(path.join(folder, `${files++}.sqlite`));
    const { coordinator } = coordinate({ store: own, executor: inner, simulation: simulation({ epochMs: 20 }) });
    const running = coordinator.run();
    const failed = expect(running).rejects.toThrow(/not open/);
    await sleep(50);
    own.close();
    await failed;
    await expect(inner.submit([])).rejects.toThrow('not running');
  });
});

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
