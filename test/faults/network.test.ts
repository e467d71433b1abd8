import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../search/plan/plan.js';
import type { SimulationSpec } from '../../search/simulation/simulation.js';
import { runSimulated } from '../../workers/trial/simulated.js';
import { Cable, type Mended } from '../support/cable.js';
import { farmWorker, shortClocks } from '../support/farm.js';
import { accuracies, expectSound, farmSearch, undisturbed } from '../support/farm-search.js';
import { missing, parts } from '../support/parts.js';
import { TestRedis } from '../support/redis.js';
import { scratchFolder } from '../support/scratch.js';
import { simulation } from '../support/simulated.js';
import { smallPlan } from '../support/small-plan.js';
import { until } from '../support/until.js';
import { isLong, limitMs, times } from './long.js';

const folder = scratchFolder('faults-network');
/** The long form tries every cut with either. */
const ways = (short: Mended): readonly Mended[] => (isLong ? ['connections-live', 'connections-lost'] : [short]);
let redis: TestRedis;
let runs = 0;
let open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.reverse()) await close();
  open = [];
});

/** A search with one worker behind a cable and, on request, one that the cable does not concern. */
async function underWay(plan: Plan, model: SimulationSpec, { beside }: { readonly beside: boolean }) {
  const namespace = `run${runs++}`;
  const cable = await Cable.to(redis.address);
  open.push(() => cable.close());
  /** Trials by how often they were begun behind the cable. */
  const begun: string[] = [];
  const far = farmWorker(redis, {
    namespace,
    address: cable.address,
    slots: [
      (job, options) => {
        begun.push(`${job.trialId} ${job.attempt}`);
        return runSimulated(job, options);
      },
    ],
  });
  await far.start();
  open.push(() => far.close());
  if (beside) {
    const near = farmWorker(redis, { namespace });
    await near.start();
    open.push(() => near.close());
  }
  const storeFile = path.join(folder, `${namespace}.sqlite`);
  const search = await farmSearch({ redis, namespace, storeFile, plan, simulation: model });
  return { ...search, cable, begun, storeFile, worker: far.id };
}

describe.skipIf(missing(parts.redis))('a search whose network between a worker and Redis is cut', () => {
  beforeAll(async () => {
    redis = await TestRedis.start({ folder: path.join(folder, 'redis') });
    return () => redis.kill();
  });

  it.each(ways('connections-live'))(
    'for less than the lock (%s): the worker keeps its trials, and no attempt is spent',
    async (how) => {
      const plan = smallPlan({ depths: 2, replicates: times(2, 4) });
      const model = simulation({ epochMs: 400, seedNoise: 0.01 });
      const { done, cable, begun, storeFile } = await underWay(plan, model, { beside: false });
      for (let cut = 1; cut <= times(1, 4); cut++) {
        await until(() => begun.length > cut);
        cable.cut();
        await sleep(shortClocks.lockMs / 3);
        cable.mend(how);
      }
      expect(await done).toMatchObject({ state: 'finished', trials: { completed: plan.trials.length } });
      const reader = expectSound(storeFile, plan.trials.length);
      expect(reader.attempts(1)).toHaveLength(plan.trials.length);
      expect(begun).toHaveLength(plan.trials.length);
      expect(accuracies(reader)).toEqual(await undisturbed(plan, model, `${storeFile}.undisturbed`));
      reader.close();
    },
    limitMs(120_000),
  );

  it.each(ways('connections-lost'))(
    'for more than the lock (%s): its trial is lost and goes to another, and it works on when the network is back',
    async (how) => {
      const cuts = times(1, 4);
      const plan = smallPlan({ depths: 6, replicates: 6 * cuts });
      const model = simulation({ epochMs: 150, seedNoise: 0.01 });
      const { done, cable, begun, storeFile, coordinator } = await underWay(plan, model, { beside: true });
      for (let cut = 1; cut <= cuts; cut++) {
        const before = begun.length;
        await until(() => begun.length > before);
        await until(() => coordinator.progress().running.length === 2);
        cable.cut();
        await sleep(2.5 * shortClocks.lockMs);
        cable.mend(how);
      }
      const before = begun.length;
      expect(await done).toMatchObject({ state: 'finished', trials: { completed: plan.trials.length } });
      expect(begun.length).toBeGreaterThan(before);
      const reader = expectSound(storeFile, plan.trials.length);
      const lost = reader.attempts(1).filter(({ state }) => state === 'lost');
      expect(lost.length).toBeGreaterThan(0);
      expect(lost.length).toBeLessThanOrEqual(cuts);
      expect(accuracies(reader)).toEqual(await undisturbed(plan, model, `${storeFile}.undisturbed`));
      reader.close();
    },
    limitMs(180_000),
  );

  it.each(ways('connections-lost'))(
    'and a trial ends meanwhile (%s): its result arrives when the network is back, and it is not trained again',
    async (how) => {
      const cuts = times(1, 3);
      const plan = smallPlan({ depths: 1, replicates: cuts });
      const model = simulation({ epochMs: 150, seedNoise: 0.01 });
      const { done, cable, begun, storeFile, coordinator } = await underWay(plan, model, { beside: false });
      for (let cut = 1; cut <= cuts; cut++) {
        await until(() => begun.length === cut);
        cable.cut();
        await sleep(shortClocks.lockMs / 2);
        expect(coordinator.progress().trials.completed).toBe(cut - 1);
        cable.mend(how);
        await until(() => coordinator.progress().trials.completed >= cut);
      }
      expect(await done).toMatchObject({ state: 'finished', trials: { completed: cuts } });
      const reader = expectSound(storeFile, cuts);
      expect(begun).toHaveLength(cuts);
      expect(reader.attempts(1).every(({ state, number }) => state === 'completed' && number === 1)).toBe(true);
      reader.close();
    },
    limitMs(120_000),
  );
});
