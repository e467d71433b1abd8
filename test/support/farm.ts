import { createHash } from 'node:crypto';
import type { Executor } from '../../workers/executors/contract.js';
import { BullMqExecutor } from '../../workers/executors/farm/executor.js';
import type { FarmClocks } from '../../workers/executors/farm/settings.js';
import { FarmWorker, type FarmWorkerOptions } from '../../workers/executors/farm/worker.js';
import { runSimulated } from '../../workers/trial/simulated.js';
import type { TestRedis } from './redis.js';
import { wrapped } from './wrapped-executor.js';

/** A farm's times, short enough for a test. */
export const shortClocks: FarmClocks = {
  lockMs: 1500,
  stalledCheckMs: 300,
  heartbeatMs: 500,
  controlMs: 100,
  refusalMs: 200,
};

/** For trials that are really trained: a busy machine may keep a worker from renewing a short lock in time. */
export const patientClocks: FarmClocks = { ...shortClocks, lockMs: 30_000 };

/** Hexadecimal, as the id of a search is. */
export function searchNamed(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 16);
}

export function farmWorker(redis: TestRedis, options: Partial<FarmWorkerOptions> & { readonly namespace: string }) {
  return new FarmWorker({ address: redis.address, slots: [runSimulated], clocks: shortClocks, ...options });
}

/** An executor with a worker of its own, which ends with it. */
export async function executorWithWorker(redis: TestRedis, namespace: string, slots: number): Promise<Executor> {
  const inner = new BullMqExecutor({ address: redis.address, search: searchNamed(namespace), namespace });
  const worker = farmWorker(redis, { namespace, slots: new Array(slots).fill(runSimulated) });
  await worker.start();
  return wrapped(inner, {
    close: async (how) => {
      await inner.close(how);
      await worker.close();
    },
  });
}
