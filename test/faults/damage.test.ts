import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runSimulated } from '../../workers/trial/simulated.js';
import { runTrial } from '../../workers/trial/spawn.js';
import { farmWorker, patientClocks } from '../support/farm.js';
import { accuracies, expectSound, farmSearch, poolSearch, trained, undisturbed } from '../support/farm-search.js';
import { missing, parts } from '../support/parts.js';
import { TestRedis } from '../support/redis.js';
import { scratchFolder } from '../support/scratch.js';
import { simulation } from '../support/simulated.js';
import { smallPlan } from '../support/small-plan.js';
import { until } from '../support/until.js';
import { isLong, limitMs } from './long.js';

const folder = scratchFolder('faults-damage');
let redis: TestRedis;
let open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.reverse()) await close();
  open = [];
});

/** Ways in which a file may be damaged. */
const damages: Readonly<Record<string, (file: string) => void>> = {
  'cut short': (file) => truncateSync(file, Math.floor(readFileSync(file).length / 2)),
  'changed in its midst': (file) => {
    const bytes = readFileSync(file);
    const page = 4096 * Math.floor(bytes.length / 2 / 4096);
    bytes.fill(0xa5, page, page + 4096);
    writeFileSync(file, bytes);
  },
  'another file': (file) => writeFileSync(file, 'a letter to a friend\n'.repeat(200)),
  emptied: (file) => truncateSync(file, 0),
};
const kinds = Object.keys(damages);

describe.skipIf(missing(parts.redis))('a search', () => {
  beforeAll(async () => {
    redis = await TestRedis.start({ folder: path.join(folder, 'redis') });
    return () => redis.kill();
  });

  it.each([...kinds.slice(0, 3).map((kind) => ['a farm', kind]), ['the local pool', kinds[1]]] as [string, string][])(
    'on %s, whose store is %s: is told so, changes nothing, and goes on from a copy',
    async (on, kind) => {
      const namespace = `store ${kind} ${on}`;
      const plan = smallPlan({ depths: 5, replicates: 8 });
      const model = simulation({ epochMs: 10, seedNoise: 0.01 });
      const storeFile = path.join(folder, `${namespace}.sqlite`);
      const worker = farmWorker(redis, { namespace, slots: [runSimulated, runSimulated] });
      await worker.start();
      open.push(() => worker.close());
      const search = { redis, namespace, storeFile, plan, simulation: model };
      const begin = () => (on === 'a farm' ? farmSearch(search) : poolSearch(search, folder));
      const first = await begin();
      await until(() => first.coordinator.progress().trials.completed >= 10);
      await first.coordinator.stop('now');
      await first.done;
      copyFileSync(storeFile, `${storeFile}.copy`);
      damages[kind]?.(storeFile);
      const damaged = readFileSync(storeFile);
      await expect(begin()).rejects.toThrow(/is damaged|is not a database/);
      expect(readFileSync(storeFile).equals(damaged)).toBe(true);
      copyFileSync(`${storeFile}.copy`, storeFile);
      const { done } = await begin();
      expect(await done).toMatchObject({ state: 'finished', trials: { completed: plan.trials.length } });
      const reader = expectSound(storeFile, plan.trials.length);
      expect(accuracies(reader)).toEqual(await undisturbed(plan, model, `${storeFile}.undisturbed`));
      reader.close();
    },
    limitMs(60_000),
  );

  it.each(isLong ? kinds : kinds.slice(1, 2))(
    'on a farm, whose checkpoint is %s when its worker has gone: goes on from the epoch before, and says so',
    async (kind) => {
      const namespace = `checkpoint ${kind}`;
      const plan = smallPlan({ depths: 1, replicates: 1, seedBudget: 0, epochs: 30, images: 240 });
      const storeFile = path.join(folder, `${namespace}.sqlite`);
      const cacheFolder = path.join(folder, 'cache');
      const checkpointFolder = path.join(folder, namespace);
      const join = async () => {
        const worker = farmWorker(redis, {
          namespace,
          clocks: patientClocks,
          slots: [(job, options) => runTrial(job, { cacheFolder, ...options })],
          admit: async (job) => ({ job: { ...job, checkpointFolder } }),
        });
        await worker.start();
        open.push(() => worker.close());
        return worker;
      };
      const first = await join();
      const { done, events, coordinator } = await farmSearch({
        redis,
        namespace,
        storeFile,
        plan,
        simulation: null,
      });
      await until(() => (coordinator.progress().running[0]?.epoch ?? 0) >= 3);
      await first.close();
      damages[kind]?.(path.join(checkpointFolder, 'last.checkpoint'));
      await join();
      expect(await done).toMatchObject({ state: 'finished', trials: { completed: 1 } });
      const notes = events.flatMap((event) => (event.event === 'note' ? [event.message] : []));
      expect(notes).toContainEqual(expect.stringMatching(/last\.checkpoint is damaged .* and was removed$/));
      const reader = expectSound(storeFile, 1);
      const [attempt] = reader.attempts(1);
      expect(attempt).toMatchObject({ number: 1, state: 'completed' });
      expect(attempt?.resumedAtEpoch).toBeGreaterThanOrEqual(2);
      expect(accuracies(reader)).toEqual(await trained(plan, cacheFolder, `${storeFile}.trained`));
      reader.close();
    },
    limitMs(120_000),
  );
});
