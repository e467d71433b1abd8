import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { runSimulated } from '../../workers/trial/simulated.js';
import { farmWorker } from '../support/farm.js';
import { accuracies, expectSound, farmSearch, undisturbed } from '../support/farm-search.js';
import { missing, parts } from '../support/parts.js';
import { TestRedis } from '../support/redis.js';
import { scratchFolder } from '../support/scratch.js';
import { simulation } from '../support/simulated.js';
import { smallPlan } from '../support/small-plan.js';
import { until } from '../support/until.js';
import { limitMs, times } from './long.js';

const folder = scratchFolder('faults-server');
const plan = smallPlan({ depths: 5, replicates: 6 });
const model = simulation({ epochMs: 30, seedNoise: 0.01 });
let runs = 0;
let open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.reverse()) await close();
  open = [];
});

/** A search under way on two workers. */
async function underWay(durable: boolean) {
  const name = `run${runs++}`;
  const redis = await TestRedis.start({ folder: path.join(folder, name), durable });
  open.push(() => redis.kill());
  const workers = [1, 2].map(() => farmWorker(redis, { namespace: name, slots: [runSimulated, runSimulated] }));
  for (const worker of workers) {
    await worker.start();
    open.push(() => worker.close());
  }
  const storeFile = path.join(folder, `${name}.sqlite`);
  const search = await farmSearch({ redis, namespace: name, storeFile, plan, simulation: model });
  return { ...search, redis, storeFile };
}

async function expectUndisturbed(storeFile: string): Promise<void> {
  const reader = expectSound(storeFile, plan.trials.length);
  expect(accuracies(reader)).toEqual(await undisturbed(plan, model, `${storeFile}.undisturbed`));
  reader.close();
}

describe.skipIf(missing(parts.redis))('a search whose Redis server', () => {
  for (const durable of [false, true]) {
    it(
      `is killed and started again ${durable ? 'with' : 'without'} what it held: finds the same`,
      async () => {
        const { done, coordinator, redis, storeFile } = await underWay(durable);
        for (let kill = 1; kill <= times(3, 8); kill++) {
          await until(() => coordinator.progress().trials.completed >= kill * 3);
          await redis.kill();
          await sleep(100);
          await redis.start();
        }
        expect(await done).toMatchObject({ state: 'finished', trials: { completed: plan.trials.length } });
        await expectUndisturbed(storeFile);
      },
      limitMs(120_000),
    );
  }

  it(
    'forgets everything (FLUSHALL): finds the same',
    async () => {
      const { done, coordinator, redis, storeFile } = await underWay(false);
      for (let flush = 1; flush <= times(2, 3); flush++) {
        await until(() => coordinator.progress().trials.completed >= flush * 4);
        await redis.with((client) => client.flushall());
      }
      expect(await done).toMatchObject({ state: 'finished', trials: { completed: plan.trials.length } });
      await expectUndisturbed(storeFile);
    },
    limitMs(120_000),
  );

  it('may throw trials away when its memory is short: is refused with the setting that it needs', async () => {
    const redis = await TestRedis.start({ folder: path.join(folder, 'lru'), policy: 'allkeys-lru' });
    open.push(() => redis.kill());
    const storeFile = path.join(folder, 'lru.sqlite');
    const { done } = await farmSearch({ redis, namespace: 'lru', storeFile, plan, simulation: model });
    await expect(done).rejects.toThrow('expected maxmemory-policy noeviction, got allkeys-lru');
    await expect(farmWorker(redis, { namespace: 'lru' }).start()).rejects.toThrow('noeviction');
  });

  it('is not there: is told where it should be, at once', async () => {
    const redis = await TestRedis.start({ folder: path.join(folder, 'gone') });
    await redis.kill();
    await expect(farmWorker(redis, { namespace: 'gone' }).start()).rejects.toThrow(
      `redis://127.0.0.1:${redis.port}: cannot connect to a Redis or Valkey server (ECONNREFUSED)`,
    );
  });
});
