import { readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { StoreReader } from '../../db/reader.js';
import { Random } from '../../search/base/random.js';
import type { SimulationSpec } from '../../search/simulation/simulation.js';
import { accuracies, expectSound, farmSearch, undisturbed } from '../support/farm-search.js';
import { missing, parts } from '../support/parts.js';
import { TestRedis } from '../support/redis.js';
import { scratchFolder } from '../support/scratch.js';
import { simulation } from '../support/simulated.js';
import { smallPlan } from '../support/small-plan.js';
import { until } from '../support/until.js';
import { limitMs, times } from './long.js';
import { WorkerProcesses, type WorkerProcessOptions } from './worker-processes.js';

const folder = scratchFolder('faults-workers');
const plan = smallPlan({ depths: 4, replicates: 4 });
let redis: TestRedis;
let runs = 0;
let open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.reverse()) await close();
  open = [];
});

/** A search and the processes that train it, none of them joined yet. */
async function begin(model: SimulationSpec | null, options: WorkerProcessOptions = {}, searched = plan) {
  const namespace = `run${runs++}`;
  const home = path.join(folder, namespace);
  const workers = new WorkerProcesses(redis, namespace, home, options);
  open.push(() => workers.close());
  const storeFile = path.join(folder, `${namespace}.sqlite`);
  const search = await farmSearch({ redis, namespace, storeFile, plan: searched, simulation: model });
  return { ...search, workers, storeFile, home };
}

/** A process that trains now, other than these. */
function runningPid(storeFile: string, except: ReadonlySet<number>): number | null {
  const reader = StoreReader.open(storeFile);
  try {
    const running = reader
      .attempts(1)
      .find(({ state, pid }) => state === 'running' && pid !== null && !except.has(pid));
    return running?.pid ?? null;
  } finally {
    reader.close();
  }
}

function expectGone(pids: Iterable<number | null>): void {
  for (const pid of pids) if (pid !== null) expect(() => process.kill(pid, 0), `process ${pid} is left over`).toThrow();
}

describe.skipIf(missing(parts.redis))('a search whose', () => {
  beforeAll(async () => {
    redis = await TestRedis.start({ folder: path.join(folder, 'redis') });
    return () => redis.kill();
  });

  it(
    'workers are killed again and again: finds the same, and what they had is lost and tried again',
    async () => {
      const model = simulation({ epochMs: 100, seedNoise: 0.01 });
      const { done, coordinator, workers, storeFile } = await begin(model, { inProcess: true, slots: 2 });
      const random = new Random(1);
      await workers.join();
      for (let kill = 0; kill < times(2, 20); kill++) {
        await until(() => coordinator.progress().running.length > 0);
        await sleep(100 * random.uniform());
        const [victim] = workers.children;
        if (victim) await workers.end(victim, 'SIGKILL');
        await workers.join();
      }
      expect(await done).toMatchObject({ state: 'finished', trials: { completed: plan.trials.length } });
      const reader = expectSound(storeFile, plan.trials.length);
      expect(reader.attempts(1).some(({ state }) => state === 'lost')).toBe(true);
      expect(accuracies(reader)).toEqual(await undisturbed(plan, model, `${storeFile}.undisturbed`));
      reader.close();
    },
    limitMs(240_000),
  );

  it(
    'trial kills its worker every time: that one fails after four attempts, the rest is found',
    async () => {
      const poison = plan.trials[1]!;
      const model = simulation({ epochMs: 5 });
      const { done, workers, storeFile } = await begin(model, { inProcess: true, poison: poison.seed });
      await workers.join();
      const ended = done.then(() => true);
      while (!(await Promise.race([ended, sleep(100, false)]))) if (workers.children.size === 0) await workers.join();
      expect(await done).toMatchObject({ trials: { completed: plan.trials.length - 1, failed: 1 } });
      const reader = expectSound(storeFile, plan.trials.length - 1);
      expect(reader.trials(1)[1]).toMatchObject({ state: 'failed', outcome: 'lost', attempts: 4 });
      reader.close();
    },
    limitMs(240_000),
  );

  it(
    'training processes are killed: each of those attempts is told, and no process and no file is left',
    async () => {
      const model = simulation({ epochMs: 300 });
      const { done, coordinator, workers, storeFile, events, home } = await begin(model, { slots: 2 });
      await workers.join();
      const killed = new Set<number>();
      for (let kill = 0; kill < times(3, 50); kill++) {
        await until(() => coordinator.progress().running.length > 0);
        const pid = runningPid(storeFile, killed);
        if (pid === null) {
          await sleep(20);
          kill--;
          continue;
        }
        killed.add(pid);
        process.kill(pid, 'SIGKILL');
        await sleep(50);
      }
      await done;
      const ended = events.filter((event) => event.event === 'trial-ended' && event.outcome !== 'completed');
      expect(ended.length).toBeGreaterThan(0);
      // An attempt that was at its end when it was killed may have reported already.
      expect(ended.length).toBeLessThanOrEqual(killed.size);
      const reader = expectSound(storeFile, coordinator.progress().trials.completed);
      await workers.close();
      expectGone(reader.attempts(1).map(({ pid }) => pid));
      expect(readdirSync(home).filter((name) => name.endsWith('.tmp'))).toEqual([]);
      reader.close();
    },
    limitMs(240_000),
  );

  it(
    'worker is told to go (SIGTERM): its trial goes on elsewhere from its last epoch, and no attempt is spent',
    async () => {
      const real = smallPlan({ depths: 1, replicates: 1, epochs: times(24, 400), images: 240 });
      const { done, coordinator, workers, storeFile, events } = await begin(null, {}, real);
      await workers.join();
      const starts = () => events.filter((event) => event.event === 'trial-started');
      for (let move = 0; move < times(1, 10); move++) {
        const [current] = workers.children;
        await workers.join();
        await until(() => starts().length === move + 1);
        const from = coordinator.progress().running[0]?.epoch ?? 0;
        await until(() => (coordinator.progress().running[0]?.epoch ?? 0) >= from + 2);
        await workers.end(current!, 'SIGTERM');
        expect(current!.exitCode).toBe(0);
        await until(() => starts().length === move + 2);
        expect(starts().at(-1)).toMatchObject({
          attempt: 1,
          resumedAtEpoch: expect.toSatisfy((epoch) => epoch >= from + 1),
        });
      }
      expect(await done).toMatchObject({ trials: { completed: 1 } });
      const reader = expectSound(storeFile, 1);
      expect(reader.attempts(1)).toMatchObject([{ number: 1, state: 'completed' }]);
      reader.close();
    },
    limitMs(240_000),
  );
});
