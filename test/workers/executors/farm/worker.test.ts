import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrialResult } from '../../../../workers/executors/contract.js';
import { describeAddress } from '../../../../workers/executors/farm/address.js';
import { BullMqExecutor } from '../../../../workers/executors/farm/executor.js';
import { startRedisServer } from '../../../../workers/executors/farm/redis-server.js';
import { listWorkers } from '../../../../workers/executors/farm/registry.js';
import { runSimulated } from '../../../../workers/trial/simulated.js';
import { farmWorker, searchNamed } from '../../../support/farm.js';
import { simulatedJob } from '../../../support/jobs.js';
import { missing, parts } from '../../../support/parts.js';
import { TestRedis } from '../../../support/redis.js';
import { scratchFolder } from '../../../support/scratch.js';

const folder = scratchFolder('farm-worker');

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not so in time: ${holds}`);
    await sleep(20);
  }
}

describe.skipIf(missing(parts.redis))('on a Redis server', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await TestRedis.start({ folder: path.join(folder, 'redis') });
  });
  afterAll(() => redis.kill());

  /** A started executor and what it hears. */
  async function coordinating(namespace: string) {
    const executor = new BullMqExecutor({ address: redis.address, search: searchNamed(namespace), namespace });
    const results: TrialResult[] = [];
    const notes: string[] = [];
    const onResult = async (result: TrialResult) => void results.push(result);
    await executor.start({ onResult, onEvent: () => {}, onNote: (note) => void notes.push(note) });
    return { executor, results, notes };
  }

  it('a worker says what it is and what it trains, and leaves the list when it goes', async () => {
    const namespace = 'listed';
    const engine = { name: 'wasm', version: '1', device: 'a processor' };
    const worker = farmWorker(redis, { namespace, engine, memoryBytes: 1e9 });
    await worker.start();
    const { executor } = await coordinating(namespace);
    await executor.submit([simulatedJob('slow', { epochMs: 60_000 })]);
    await until(async () => (await listWorkers(redis.address, namespace))[0]?.running.length === 1);
    const [listed] = await listWorkers(redis.address, namespace);
    expect(listed).toMatchObject({ id: worker.id, slots: 1, memoryBytes: 1e9, quarantine: null });
    expect(listed?.running).toMatchObject([{ trialId: 'slow', attempt: 1, epoch: 0, epochs: 2 }]);
    expect(listed?.silentMs).toBeLessThan(10_000);
    await executor.close('now');
    await worker.close();
    expect(await listWorkers(redis.address, namespace)).toEqual([]);
  });

  it('a worker that refuses a trial says why, takes others, and leaves it to a worker that can', async () => {
    const namespace = 'refusing';
    const picky = farmWorker(redis, {
      namespace,
      admit: async (job) => (job.trialId === 'a' ? { refused: 'data: not here' } : { job }),
    });
    await picky.start();
    const { executor, results, notes } = await coordinating(namespace);
    await executor.submit([simulatedJob('a'), simulatedJob('b'), simulatedJob('c')]);
    await until(() => results.length === 2 && notes.length > 0);
    expect(results.map(({ trialId }) => trialId).sort()).toEqual(['b', 'c']);
    expect(notes).toEqual([`worker ${picky.id} refuses trials: data: not here`]);
    // A result is held until it is off the server, a moment after it was stored.
    await until(async () => [...(await executor.held())].join() === 'a');
    const able = farmWorker(redis, { namespace });
    await able.start();
    await until(() => results.length === 3);
    expect(results[2]).toMatchObject({ trialId: 'a', worker: able.id, outcome: { state: 'completed' } });
    await executor.close('now');
    await Promise.all([picky.close(), able.close()]);
  });

  it('three crashes in a row put a worker into quarantine; the others go on', async () => {
    const namespace = 'quarantine';
    const reasons: string[] = [];
    const broken = farmWorker(redis, {
      namespace,
      slots: [() => Promise.reject(new Error('no such device'))],
      onQuarantine: (reason) => void reasons.push(reason),
    });
    await broken.start();
    const { executor, results, notes } = await coordinating(namespace);
    await executor.submit(['a', 'b', 'c'].map((id) => simulatedJob(id)));
    await until(() => reasons.length === 1);
    expect(reasons[0]).toBe('3 trials in a row failed on it, the last one crashed: no such device');
    expect(notes.at(-1)).toContain(`worker ${broken.id} is in quarantine until it is restarted`);
    await executor.submit([simulatedJob('d')]);
    await sleep(300);
    expect(results).toHaveLength(3);
    expect((await listWorkers(redis.address, namespace))[0]?.quarantine).toBe(reasons[0]);
    const sound = farmWorker(redis, { namespace });
    await sound.start();
    await until(() => results.length === 4);
    expect(results[3]).toMatchObject({ trialId: 'd', outcome: { state: 'completed' } });
    await executor.close('now');
    await Promise.all([broken.close(), sound.close()]);
  });

  it('a worker that goes gives its trial back: another one has it within a second', async () => {
    const namespace = 'leaving';
    const first = farmWorker(redis, { namespace });
    await first.start();
    const { executor, results } = await coordinating(namespace);
    await executor.submit([simulatedJob('a', { epochMs: 300 })]);
    await until(async () => (await executor.queueLengths()).active === 1);
    const begun: number[] = [];
    const second = farmWorker(redis, {
      namespace,
      slots: [
        (job, options) => {
          begun.push(performance.now());
          return runSimulated(job, options);
        },
      ],
    });
    await second.start();
    const left = performance.now();
    await first.close();
    await until(() => results.length === 1);
    expect(begun).toHaveLength(1);
    expect(begun[0]! - left).toBeLessThan(1000);
    expect(results[0]).toMatchObject({ attempt: 1, worker: second.id, outcome: { state: 'completed' } });
    await executor.close('now');
    await second.close();
  });

  it('no password is shown, and a wrong one is told as such', async () => {
    const guarded = await TestRedis.start({ folder: path.join(folder, 'guarded') });
    await guarded.with((client) => client.config('SET', 'requirepass', 'secret'));
    const address = { ...guarded.address, password: 'wrong' };
    const refused = farmWorker(redis, { namespace: 'x', address }).start();
    await expect(refused).rejects.toThrow(`${describeAddress(address)}: the server refused the login (WRONGPASS`);
    const right = farmWorker(redis, { namespace: 'x', address: { ...address, password: 'secret' } });
    await right.start();
    await right.close();
    await guarded.kill();
  });
});

describe.skipIf(missing(parts.redis))('a server of our own', () => {
  it('keeps what it held, lets nobody in without its password, which nobody can see', async () => {
    const home = path.join(folder, 'own');
    const first = await startRedisServer(home);
    expect(statSync(first.addressFile).mode & 0o777).toBe(0o600);
    const text = readFileSync(first.addressFile, 'utf8').trim();
    expect(text).toContain(first.address.password);
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(first.address.password);
    await expect(listWorkers({ ...first.address, password: null })).rejects.toThrow('the server refused the login');
    const worker = farmWorker(redisAt(first.address), { namespace: 'kept' });
    await worker.start();
    // Taken over by the next coordinator when this one is killed.
    const second = await startRedisServer(home);
    expect(second.address).toEqual(first.address);
    expect(await listWorkers(second.address, 'kept')).toHaveLength(1);
    await worker.close();
    await second.close();
    expect(existsSync(first.addressFile)).toBe(false);
    await expect(listWorkers(first.address)).rejects.toThrow('cannot connect to a Redis or Valkey server');
  });
});

/** As much of a test's server as a worker needs. */
function redisAt(address: TestRedis['address']): TestRedis {
  return { address } as TestRedis;
}
