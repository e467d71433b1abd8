import { readdirSync } from 'node:fs';
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
import { canMount, SmallDisk } from '../support/small-disk.js';
import { smallPlan } from '../support/small-plan.js';
import { until } from '../support/until.js';
import { isLong, limitMs } from './long.js';

const folder = scratchFolder('faults-disk');
let redis: TestRedis;
let open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.reverse()) await close();
  open = [];
});

function disk(name: string, bytes: number): SmallDisk {
  const mounted = SmallDisk.mount(path.join(folder, name), bytes);
  open.push(() => mounted.unmount());
  return mounted;
}

describe.skipIf(missing(parts.redis) || !canMount())('a search whose disk is full', () => {
  beforeAll(async () => {
    redis = await TestRedis.start({ folder: path.join(folder, 'redis') });
    return () => redis.kill();
  });

  it.each([['a farm', 20], ['the local pool', 20], ...(isLong ? ([['a farm', 100]] as const) : [])] as const)(
    'on %s, under the store after %d trials: ends with a sentence, and goes on when there is room',
    async (on, trials) => {
      const namespace = `store${trials} ${on}`;
      const plan = smallPlan({ depths: 8, replicates: 25 });
      const model = simulation({ epochMs: 10, seedNoise: 0.01 });
      const mounted = disk(namespace, 8e6);
      const storeFile = path.join(mounted.folder, 'search.sqlite');
      const worker = farmWorker(redis, { namespace, slots: [runSimulated, runSimulated] });
      await worker.start();
      open.push(() => worker.close());
      const search = { redis, namespace, storeFile, plan, simulation: model };
      const begin = () => (on === 'a farm' ? farmSearch(search) : poolSearch(search, folder));
      const first = await begin();
      const ended = expect(first.done).rejects.toThrow(/disk is full|no room left on its disk/);
      await until(() => first.coordinator.progress().trials.completed >= trials);
      mounted.fill();
      await ended;
      expect(first.coordinator.progress().trials.completed).toBeLessThan(plan.trials.length);
      mounted.clear();
      const { done } = await begin();
      expect(await done).toMatchObject({ state: 'finished', trials: { completed: plan.trials.length } });
      const reader = expectSound(storeFile, plan.trials.length);
      expect(accuracies(reader)).toEqual(await undisturbed(plan, model, path.join(folder, `${namespace}.undisturbed`)));
      reader.close();
      expect(readdirSync(mounted.folder)).toEqual(['search.sqlite', 'search.sqlite.lock']);
    },
    limitMs(120_000),
  );

  it(
    'under the checkpoints: the trials are trained to the same numbers without them, and it is told',
    async () => {
      const namespace = 'checkpoints';
      const plan = smallPlan({ depths: 1, replicates: 2, epochs: 4 });
      const mounted = disk(namespace, 65_536);
      mounted.fill();
      const storeFile = path.join(folder, `${namespace}.sqlite`);
      const cacheFolder = path.join(folder, 'cache');
      const worker = farmWorker(redis, {
        namespace,
        clocks: patientClocks,
        slots: [(job, options) => runTrial(job, { cacheFolder, ...options })],
        admit: async (job) => ({ job: { ...job, checkpointFolder: path.join(mounted.folder, job.trialId) } }),
      });
      await worker.start();
      open.push(() => worker.close());
      const { done, events, coordinator } = await farmSearch({ redis, namespace, storeFile, plan, simulation: null });
      // From the second epoch on there is room.
      await until(() => coordinator.progress().running.some(({ epoch }) => epoch >= 1));
      mounted.clear();
      expect(await done).toMatchObject({ state: 'finished', trials: { completed: plan.trials.length } });
      const notes = events.flatMap((event) => (event.event === 'note' ? [event.message] : []));
      expect(notes).toContainEqual(expect.stringMatching(/^the checkpoint of epoch 1 was not saved: ENOSPC/));
      const reader = expectSound(storeFile, plan.trials.length);
      expect(reader.attempts(1)).toHaveLength(plan.trials.length);
      expect(accuracies(reader)).toEqual(await trained(plan, cacheFolder, path.join(folder, 'trained.sqlite')));
      reader.close();
      expect(readdirSync(mounted.folder, { recursive: true }).filter((name) => String(name).endsWith('.tmp'))).toEqual(
        [],
      );
    },
    limitMs(120_000),
  );
});
