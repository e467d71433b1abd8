import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { StoreReader } from '../../db/reader.js';
import { runSimulated } from '../../workers/trial/simulated.js';
import { farmWorker, patientClocks } from '../support/farm.js';
import { expectSound, farmSearch } from '../support/farm-search.js';
import { missing, parts } from '../support/parts.js';
import { TestRedis } from '../support/redis.js';
import { scratchFolder } from '../support/scratch.js';
import { simulation } from '../support/simulated.js';
import { smallPlan } from '../support/small-plan.js';
import { until } from '../support/until.js';
import { limitMs } from './long.js';

const folder = scratchFolder('faults-outage');
const plan = smallPlan({ depths: 3, replicates: 1, seedBudget: 0 });
const program = path.join(import.meta.dirname, '../support/farm-coordinator-process.mjs');
let open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.reverse()) await close();
  open = [];
});

/** A server that keeps what it has, and a worker that counts how often it has begun each trial. */
async function farm(namespace: string) {
  const redis = await TestRedis.start({ folder: path.join(folder, namespace), durable: true });
  open.push(() => redis.kill());
  const begun = new Map<string, number>();
  const ended = new Set<string>();
  const worker = farmWorker(redis, {
    namespace,
    clocks: patientClocks,
    slots: [1, 2].map(() => async (job, options) => {
      begun.set(job.trialId, (begun.get(job.trialId) ?? 0) + 1);
      const result = await runSimulated(job, options);
      ended.add(job.trialId);
      return result;
    }),
  });
  open.push(() => worker.close());
  return { redis, worker, begun, ended, storeFile: path.join(folder, `${namespace}.sqlite`) };
}

describe.skipIf(missing(parts.redis))('a search that is stopped while its Redis server is away', () => {
  it.each([
    ['has ended', true],
    ['still trains', false],
  ] as const)(
    'goes on with what a worker %s: nothing runs twice',
    async (_words, waits) => {
      const namespace = `stopped${waits}`;
      const { redis, worker, begun, ended, storeFile } = await farm(namespace);
      await worker.start();
      const search = { redis, namespace, storeFile, plan, simulation: simulation({ epochMs: waits ? 700 : 2500 }) };
      const first = await farmSearch(search);
      await until(() => first.coordinator.progress().trials.running === 2);
      // The start of both is in the store.
      await until(() => first.events.filter(({ event }) => event === 'trial-started').length === 2);
      await redis.kill();
      // Stopped at once, or after the clients have seen that the server is gone.
      if (waits) await sleep(1000);
      await first.coordinator.stop('now');
      expect(await first.done).toMatchObject({ state: 'stopped', trials: { completed: 0 } });
      const running = [...begun.keys()];
      if (waits) await until(() => running.every((id) => ended.has(id)));
      await redis.start();
      const second = await farmSearch(search);
      expect(await second.done).toMatchObject({ state: 'finished', trials: { completed: 3 } });
      expect([...begun.values()]).toEqual([1, 1, 1]);
      const reader = expectSound(storeFile, 3);
      expect(reader.attempts(1).map(({ number }) => number)).toEqual([1, 1, 1]);
      expect(reader.events(0, 1000).filter(({ kind }) => kind === 'late-result')).toEqual([]);
      reader.close();
    },
    limitMs(120_000),
  );
});

describe.skipIf(missing(parts.redis))('a search whose coordinator was killed', () => {
  it(
    'shows a trial as running that has begun meanwhile, before it has ended an epoch',
    async () => {
      const namespace = 'killed';
      const { redis, worker, storeFile } = await farm(namespace);
      const model = simulation({ epochMs: 600_000 });
      const options = path.join(folder, 'killed.json');
      writeFileSync(options, JSON.stringify({ address: redis.address, namespace, storeFile, plan, simulation: model }));
      const killed = spawn(process.execPath, [program, options, 'after-add'], { stdio: 'ignore' });
      expect((await once(killed, 'exit'))[1]).toBe('SIGKILL');
      await worker.start();
      // What the worker says of the beginnings waits for a coordinator.
      await redis.with((client) => until(async () => (await client.keys(`${namespace}:events:*`)).length > 0));
      const { coordinator, done } = await farmSearch({ redis, namespace, storeFile, plan, simulation: model });
      await until(() => coordinator.progress().trials.running === 2);
      const reader = StoreReader.open(storeFile);
      await until(() => reader.trials(1).filter(({ state }) => state === 'running').length === 2);
      expect(reader.attempts(1).filter(({ startedMs }) => startedMs !== null)).toHaveLength(2);
      reader.close();
      await coordinator.stop('now');
      expect(await done).toMatchObject({ state: 'stopped' });
    },
    limitMs(120_000),
  );
});
