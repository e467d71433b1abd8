import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Random } from '../../search/base/random.js';
import { defaultRetries } from '../../search/plan/outcomes.js';
import { listWorkers } from '../../workers/executors/farm/registry.js';
import { accuracies, expectSound, farmSearch, undisturbed } from '../support/farm-search.js';
import { missing, parts } from '../support/parts.js';
import { TestRedis } from '../support/redis.js';
import { scratchFolder } from '../support/scratch.js';
import { simulation } from '../support/simulated.js';
import { smallPlan } from '../support/small-plan.js';
import { limitMs, times } from './long.js';
import { WorkerProcesses } from './worker-processes.js';

const folder = scratchFolder('faults-crowd');
/** Two hundred Node processes would need ten gigabytes: ten workers share one, and die with it. */
const perProcess = times(4, 10);
const processes = times(3, 20);
const lastsMs = times(4_000, 300_000);
const mostKilled = times(3, Number.POSITIVE_INFINITY);
/** A trial may be unlucky more often here than on a farm that is not shot at. */
const retries = { ...defaultRetries, lost: 20 };

describe.skipIf(missing(parts.redis))(`a search on ${processes * perProcess} workers`, () => {
  it(
    'that are killed and join at random finds the same',
    async () => {
      const redis = await TestRedis.start({ folder: path.join(folder, 'redis') });
      const namespace = 'crowd';
      const clocks = {
        lockMs: times(3000, 6000),
        stalledCheckMs: 1000,
        heartbeatMs: 2000,
        controlMs: 500,
        refusalMs: 500,
      };
      const home = path.join(folder, namespace);
      const crowd = new WorkerProcesses(redis, namespace, home, { count: perProcess, inProcess: true, clocks });
      try {
        const plan = smallPlan({ depths: times(5, 16), resolutions: times(1, 4), replicates: times(10, 100) });
        // As long as every worker is busy all the time, twice the epochs of a trial times the rounds of trials.
        const rounds = plan.trials.length / (processes * perProcess);
        const model = simulation({ epochMs: Math.round(lastsMs / rounds / 2), seedNoise: 0.01 });
        const storeFile = path.join(folder, 'crowd.sqlite');
        const search = { redis, namespace, storeFile, plan, simulation: model };
        const { done, coordinator } = await farmSearch(search, { retries, reconcileMs: 5000 });
        await Promise.all(Array.from({ length: processes }, () => crowd.join()));
        expect(await listWorkers(redis.address, namespace)).toHaveLength(processes * perProcess);
        const random = new Random(1);
        const ended = done.then(() => true);
        let killed = 0;
        while (!(await Promise.race([ended, sleep(times(1500, 3000) * 2 * random.uniform(), false)]))) {
          const victims = [...crowd.children];
          const victim = victims[random.below(victims.length)];
          // The last one stays, and some go in peace.
          if (victim && victims.length > 1 && killed < mostKilled) {
            await crowd.end(victim, random.below(4) === 0 ? 'SIGTERM' : 'SIGKILL');
            killed++;
          }
          if (crowd.children.size < processes && random.below(4) > 0) await crowd.join();
          if (crowd.children.size < processes / 2) await crowd.join();
        }
        expect(await done).toMatchObject({ state: 'finished', trials: { completed: plan.trials.length } });
        expect(killed).toBeGreaterThan(times(0, 20));
        expect(coordinator.progress().running).toEqual([]);
        const reader = expectSound(storeFile, plan.trials.length, retries);
        const lost = reader.attempts(1).filter(({ state }) => state === 'lost').length;
        process.stdout.write(`${plan.trials.length} trials, ${killed} processes ended, ${lost} attempts lost\n`);
        expect(accuracies(reader)).toEqual(await undisturbed(plan, model, `${storeFile}.undisturbed`));
        reader.close();
      } finally {
        await crowd.close();
        await redis.kill();
      }
    },
    limitMs(120_000),
  );
});
