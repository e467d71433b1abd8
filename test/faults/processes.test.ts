import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runSimulated } from '../../workers/trial/simulated.js';
import { runTrial } from '../../workers/trial/spawn.js';
import { farmWorker, shortClocks } from '../support/farm.js';
import { accuracies, expectSound, farmSearch, undisturbed } from '../support/farm-search.js';
import { missing, parts } from '../support/parts.js';
import { TestRedis } from '../support/redis.js';
import { scratchFolder } from '../support/scratch.js';
import { simulation } from '../support/simulated.js';
import { smallPlan } from '../support/small-plan.js';
import { isLong, limitMs, times } from './long.js';
import { WorkerProcesses } from './worker-processes.js';

const folder = scratchFolder('faults-processes');
const support = path.join(import.meta.dirname, '../support');
const hourMs = 3_600_000;
let redis: TestRedis;
let open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.reverse()) await close();
  open = [];
});

describe.skipIf(missing(parts.redis))('a search of a farm', () => {
  beforeAll(async () => {
    redis = await TestRedis.start({ folder: path.join(folder, 'redis') });
    return () => redis.kill();
  });

  it(
    'whose training process blocks its event loop for three locks: is not disturbed, since its worker renews them',
    async () => {
      const namespace = 'blocked';
      const plan = smallPlan({ depths: 1, replicates: 1, seedBudget: 0 });
      const model = simulation({ epochMs: 300 });
      const env = {
        NODE_OPTIONS: `--import=${path.join(support, 'block-event-loop.mjs')}`,
        BLOCK_MS: String(3 * shortClocks.lockMs),
      };
      const cacheFolder = path.join(folder, 'cache');
      const blocked = farmWorker(redis, {
        namespace,
        slots: [(job, options) => runTrial(job, { cacheFolder, env, ...options })],
      });
      const other = farmWorker(redis, { namespace });
      await blocked.start();
      open.push(() => blocked.close());
      const storeFile = path.join(folder, `${namespace}.sqlite`);
      const begun = performance.now();
      const { done } = await farmSearch({ redis, namespace, storeFile, plan, simulation: model });
      await other.start();
      open.push(() => other.close());
      expect(await done).toMatchObject({ state: 'finished', trials: { completed: 1 } });
      expect(performance.now() - begun).toBeGreaterThan(3 * shortClocks.lockMs);
      const reader = expectSound(storeFile, 1);
      expect(reader.attempts(1)).toMatchObject([{ number: 1, state: 'completed' }]);
      reader.close();
    },
    limitMs(60_000),
  );

  it.each(isLong ? [hourMs, -hourMs, hourMs / 2, -24 * hourMs] : [hourMs, -hourMs])(
    'with a worker whose clock is %d ms ahead, one that refuses and one that trains: finds the same, in time',
    async (clockShiftMs) => {
      const namespace = `clock${clockShiftMs}`;
      const plan = smallPlan({ depths: 3, replicates: 4 });
      const model = simulation({ epochMs: 20, seedNoise: 0.01 });
      const storeFile = path.join(folder, `${namespace}.sqlite`);
      const workers = [true, false].map(
        (refuses) =>
          new WorkerProcesses(redis, namespace, path.join(folder, namespace, String(refuses)), {
            clockShiftMs,
            refuses,
            inProcess: true,
          }),
      );
      for (const one of workers) open.push(() => one.close());
      const { done } = await farmSearch({ redis, namespace, storeFile, plan, simulation: model });
      await Promise.all(workers.map((one) => one.join()));
      expect(await done).toMatchObject({ state: 'finished', trials: { completed: plan.trials.length } });
      const reader = expectSound(storeFile, plan.trials.length);
      const attempts = reader.attempts(1);
      expect(attempts).toHaveLength(plan.trials.length);
      // Times in the store are those of the coordinator.
      for (const { startedMs } of attempts) expect(Math.abs((startedMs ?? 0) - Date.now())).toBeLessThan(120_000);
      expect(accuracies(reader)).toEqual(await undisturbed(plan, model, `${storeFile}.undisturbed`));
      reader.close();
    },
    limitMs(60_000),
  );

  it(
    `with two coordinators on one store, ${times(2, 20)} times: one of them runs it, the other is refused`,
    async () => {
      const namespace = 'twice';
      const plan = smallPlan({ depths: 2, replicates: 3 });
      const model = simulation({ epochMs: 20, seedNoise: 0.01 });
      const program = path.join(support, 'farm-coordinator-process.mjs');
      for (let time = 0; time < times(2, 20); time++) {
        const storeFile = path.join(folder, `twice${time}.sqlite`);
        const options = path.join(folder, `twice${time}.json`);
        writeFileSync(
          options,
          JSON.stringify({ address: redis.address, namespace, storeFile, plan, simulation: model }),
        );
        const coordinators = [1, 2].map(async () => {
          const child = spawn(process.execPath, [program, options], { stdio: ['ignore', 'pipe', 'pipe'] });
          const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
          return { out, err };
        });
        // Without a worker the one that holds the store cannot end before the other has tried.
        const first = await Promise.race(coordinators);
        expect(first.err).toContain('is locked: another `triscale run` is using it');
        const worker = farmWorker(redis, { namespace, slots: [runSimulated, runSimulated] });
        await worker.start();
        open.push(() => worker.close());
        const said = await Promise.all(coordinators);
        const second = said.find((one) => one !== first);
        expect(JSON.parse(second?.out ?? '')).toMatchObject({ state: 'finished' });
        expectSound(storeFile, plan.trials.length).close();
        await worker.close();
      }
    },
    limitMs(180_000),
  );
});
