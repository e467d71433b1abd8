import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listWorkers } from '../../../../workers/executors/farm/registry.js';
import { defaultNamespace } from '../../../../workers/executors/farm/settings.js';
import { startWorker } from '../../../../workers/executors/farm/start-worker.js';
import { patientClocks } from '../../../support/farm.js';
import { expectSound, farmSearch } from '../../../support/farm-search.js';
import { missing, parts } from '../../../support/parts.js';
import { TestRedis } from '../../../support/redis.js';
import { scratchFolder } from '../../../support/scratch.js';
import { smallPlan } from '../../../support/small-plan.js';

const folder = scratchFolder('start-worker');

describe.skipIf(missing(parts.redis))('a worker that joins a farm', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await TestRedis.start({ folder: path.join(folder, 'redis') });
  });
  afterAll(() => redis.kill());
  const options = () => ({ address: redis.address, cacheFolder: path.join(folder, 'cache'), clocks: patientClocks });

  it('tries its engine, says what it has, trains with it, and leaves nothing behind', async () => {
    const worker = await startWorker({ ...options(), engine: 'wasm', slots: 2 });
    expect(worker).toMatchObject({ engine: 'wasm', slots: 2, memoryBytes: expect.toSatisfy((bytes) => bytes > 1e6) });
    const [listed] = await listWorkers(redis.address);
    expect(listed).toMatchObject({ id: worker.id, engine: 'wasm', slots: 2, memoryBytes: worker.memoryBytes });
    const storeFile = path.join(folder, 'a.sqlite');
    const plan = smallPlan({ depths: 1, replicates: 2 });
    const { done } = await farmSearch({ redis, namespace: defaultNamespace, storeFile, plan, simulation: null });
    expect(await done).toMatchObject({ state: 'finished', trials: { completed: 2 } });
    const reader = expectSound(storeFile, 2);
    expect(reader.attempts(1).every(({ engine }) => engine === 'wasm')).toBe(true);
    reader.close();
    await worker.close();
    expect(await listWorkers(redis.address)).toEqual([]);
  }, 120_000);

  it('makes a farm refuse a plan that fits into no worker, before anything is queued', async () => {
    const worker = await startWorker({ ...options(), engine: 'wasm', memoryBytes: 1000 });
    const storeFile = path.join(folder, 'b.sqlite');
    const search = { redis, namespace: defaultNamespace, storeFile, plan: smallPlan(), simulation: null };
    await expect(farmSearch(search)).rejects.toMatchObject({ code: 'does-not-fit' });
    await worker.close();
  });

  it.each([
    [{ engine: 'abacus' }, 'unknown-name', /^--engine: /],
    [{ engine: 'wasm', gpus: ['0', '1'], slots: 3 }, 'bad-value', /^--slots: expected one for each of 2 GPUs, got 3$/],
    [{ engine: 'wasm', gpus: ['97'] }, 'missing-part', /^--gpus: expected NVIDIA GPUs that nvidia-smi knows/],
  ] as const)('is refused with %j', async (fields, code, message) => {
    const refused = startWorker({ ...options(), ...fields });
    await expect(refused).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(await listWorkers(redis.address)).toEqual([]);
  });
});
