import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StoreReader } from '../../../db/reader.js';
import { control } from '../../../experiments/control/control.js';
import { ask, controlAddress } from '../../../experiments/control/socket.js';
import type { Progress } from '../../../experiments/run/coordinator/progress.js';
import { runSearch, type SearchRunOptions } from '../../../experiments/run/search-run.js';
import type { SearchCommand } from '../../../search/plan/command.js';
import type { FarmWorker } from '../../../workers/executors/farm/worker.js';
import { farmWorker } from '../../support/farm.js';
import { missing, parts } from '../../support/parts.js';
import { TestRedis } from '../../support/redis.js';
import { scratchFolder } from '../../support/scratch.js';
import { simulation } from '../../support/simulated.js';
import { smallPlan } from '../../support/small-plan.js';
import { until } from '../../support/until.js';

const folder = scratchFolder('control');
const plan = smallPlan({ depths: 4, replicates: 2 });
let files = 0;

/** How trials are run: what `runSearch` needs for it. */
type Executing = () => Promise<Partial<SearchRunOptions>>;

/** A search that runs in this process, under control of whoever knows its store. */
async function running(executing: Executing, options: Partial<SearchRunOptions> = {}) {
  const storeFile = path.join(folder, `${files++}.sqlite`);
  let latest: Progress | null = null;
  const done = runSearch({
    plan,
    simulation: simulation({ epochMs: 100 }),
    storeFile,
    workers: 1,
    cacheFolder: folder,
    onProgress: (progress) => {
      latest = progress;
    },
    ...(await executing()),
    ...options,
  });
  return { storeFile, done, progress: () => latest };
}

const onPool: Executing = async () => ({});

function controls(name: string, executing: Executing): void {
  describe(`a search that runs on ${name}, from another terminal`, () => {
    it('pauses, resumes, and stops after the trials that run', async () => {
      const { storeFile, done, progress } = await running(executing);
      await until(() => (progress()?.trials.running ?? 0) > 0);
      expect(await ask(storeFile, { command: 'pause' })).toEqual({
        ok: true,
        message: 'paused: no further trial starts',
        count: null,
      });
      await until(() => progress()?.trials.running === 0);
      const atRest = progress()?.trials.completed;
      await sleep(600);
      expect(progress()?.trials.completed).toBe(atRest);
      await ask(storeFile, { command: 'resume' });
      await until(() => (progress()?.trials.running ?? 0) > 0);
      await ask(storeFile, { command: 'stop' });
      const end = await done;
      expect(end.state).toBe('stopped');
      expect(end.trials.completed).toBeGreaterThan(atRest ?? 0);
      expect(end.trials.running).toBe(0);
      expect(existsSync(controlAddress(storeFile))).toBe(false);
    });

    it('cancels a trial, then all of them, within 10 s; retry queues them again', async () => {
      const { storeFile, done, progress } = await running(executing, { simulation: simulation({ epochMs: 60_000 }) });
      await until(() => (progress()?.trials.running ?? 0) > 0);
      const last = StoreReader.open(storeFile);
      const { id } = last.trials(1).at(-1)!;
      last.close();
      expect(await ask(storeFile, { command: 'cancel', trialIds: [id] })).toMatchObject({
        message: '1 trial is cancelled',
        count: 1,
      });
      await until(() => progress()?.trials.cancelled === 1);
      const begun = performance.now();
      expect(await ask(storeFile, { command: 'cancel' })).toMatchObject({
        message: '7 trials are cancelled',
        count: 7,
      });
      expect(await done).toMatchObject({ state: 'finished', trials: { cancelled: 8 } });
      expect(performance.now() - begun).toBeLessThan(10_000);
      expect(await control(storeFile, 1, { command: 'retry', states: ['cancelled'] })).toEqual({
        message: '8 trials are queued again; the next run trains them',
        count: 8,
      });
      const reader = StoreReader.open(storeFile);
      expect(reader.searches()[0]?.trials).toMatchObject({ queued: 8, cancelled: 0 });
      reader.close();
    });

    it('tries what failed again while the rest is trained, with a full count of retries', async () => {
      const faults = { diverge: 1 };
      const { storeFile, done, progress } = await running(executing, {
        simulation: simulation({ epochMs: 100, faults }),
        // A farm's search would pause: most of its trials fail.
        pauseWhenFailing: false,
      });
      await until(() => (progress()?.trials.failed ?? 0) >= 2);
      const { message, count } = await ask(storeFile, { command: 'retry', states: ['failed'] });
      expect(count).toBeGreaterThanOrEqual(2);
      expect(message).toBe(`${count} trials are queued again`);
      expect(await done).toMatchObject({ state: 'finished', trials: { failed: 8 } });
      const reader = StoreReader.open(storeFile);
      expect(reader.attempts(1).length).toBeGreaterThan(8);
      expect(new Set(reader.attempts(1).map(({ state }) => state))).toEqual(new Set(['diverged']));
      reader.close();
    });

    it('is extended by a third seed, which follows; what was finished is not trained again', async () => {
      const { storeFile, done, progress } = await running(executing, { simulation: simulation({ epochMs: 50 }) });
      await until(() => (progress()?.trials.completed ?? 0) > 0);
      expect(await ask(storeFile, { command: 'extend', extension: { replicates: 3 } })).toEqual({
        ok: true,
        message: expect.stringContaining('extended to 12 trials'),
        count: 12,
      });
      expect(await done).toMatchObject({ state: 'finished', searchId: 2, trials: { completed: 12 } });
      const reader = StoreReader.open(storeFile);
      expect(reader.searches().map(({ trials }) => trials.completed)).toEqual([8, 12]);
      expect(reader.attempts(2)).toHaveLength(12);
      reader.close();
    });

    it('says why it does not do what makes no sense', async () => {
      const { storeFile, done, progress } = await running(executing);
      await until(() => (progress()?.trials.running ?? 0) > 0);
      const answer = await ask(storeFile, { command: 'extend', extension: { replicates: 1 } });
      expect(answer).toEqual({ ok: false, message: 'replicates: expected at least the present 2, got 1', count: null });
      const misspelt: SearchCommand = { command: 'cancel', trialIds: [plan.trials[0]!.id, 'abc'] };
      const unknown = '--trials: expected ids of trials of the search, got ';
      expect(await ask(storeFile, misspelt)).toMatchObject({ ok: false, message: expect.stringContaining(unknown) });
      expect(await ask(storeFile, { command: 'dance' } as never)).toMatchObject({ ok: false });
      await ask(storeFile, { command: 'stop' });
      await done;
      await expect(control(storeFile, 1, misspelt)).rejects.toThrow(unknown);
      await expect(control(storeFile, 1, { command: 'pause' })).rejects.toThrow('no search is running on ');
    });
  });
}

controls('the local pool', onPool);

describe.skipIf(missing(parts.redis))('with a Redis server', () => {
  let redis: TestRedis;
  const workers: FarmWorker[] = [];
  beforeAll(async () => {
    redis = await TestRedis.start({ folder: path.join(folder, 'redis') });
  });
  afterAll(async () => {
    await Promise.all(workers.map((worker) => worker.close()));
    await redis.kill();
  });

  controls('a farm', async () => {
    const namespace = `control${workers.length}`;
    const worker = farmWorker(redis, { namespace });
    workers.push(worker);
    await worker.start();
    return { farm: { address: redis.address, namespace } };
  });
});

it('a running search has its socket in the folder for temporary files when the path of its store is too long for one', () => {
  const long = path.join(folder, `${'x'.repeat(120)}.sqlite`);
  expect(Buffer.byteLength(controlAddress(long))).toBeLessThan(104);
  expect(controlAddress(long)).toBe(controlAddress(path.relative(process.cwd(), long)));
});

it('a search most of whose trials fail pauses with the reason, and goes on when it is resumed', async () => {
  const events: unknown[] = [];
  const { storeFile, done } = await running(onPool, {
    simulation: simulation({ epochMs: 5, faults: { diverge: 1 } }),
    pauseWhenFailing: true,
    onEvent: (event) => {
      if (event.event === 'paused') events.push(event.reason);
    },
  });
  await until(() => events.length === 1);
  expect(events[0]).toMatch(/^5 of 5 trials failed, the last one diverged at epoch \d$/);
  await ask(storeFile, { command: 'resume' });
  expect(await done).toMatchObject({ state: 'finished', trials: { failed: 8 } });
});
