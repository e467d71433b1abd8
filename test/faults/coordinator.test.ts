import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../search/base/random.js';
import { runSimulated } from '../../workers/trial/simulated.js';
import { farmWorker } from '../support/farm.js';
import { accuracies, expectSound, undisturbed } from '../support/farm-search.js';
import { missing, parts } from '../support/parts.js';
import { TestRedis } from '../support/redis.js';
import { scratchFolder } from '../support/scratch.js';
import { simulation } from '../support/simulated.js';
import { smallPlan } from '../support/small-plan.js';
import { limitMs, times } from './long.js';

const folder = scratchFolder('faults-coordinator');
const plan = smallPlan({ depths: 5, replicates: 4 });
const model = simulation({ epochMs: 20, seedNoise: 0.01 });
const program = path.join(import.meta.dirname, '../support/farm-coordinator-process.mjs');

describe.skipIf(missing(parts.redis))('a coordinator of a farm that is killed', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await TestRedis.start({ folder: path.join(folder, 'redis') });
  });
  afterAll(() => redis.kill());

  it.each(['before-add', 'after-add', 'after-read', 'after-commit', 'before-ack'])(
    '%s: the next one finds the same, and nothing that is finished is trained again',
    async (point) => {
      const trained = new Map<string, number>();
      const worker = farmWorker(redis, {
        namespace: point,
        slots: [1, 2].map(() => runSimulated),
        onResult: ({ trialId }) => void trained.set(trialId, (trained.get(trialId) ?? 0) + 1),
      });
      await worker.start();
      const random = new Random(1);
      // Some searches are over before their coordinators have been killed so often: a new one follows.
      for (let kills = 0, search = 0; kills < times(1, 10); search++) {
        const storeFile = path.join(folder, `${point}${search}.sqlite`);
        const options = path.join(folder, `${point}${search}.json`);
        const { address } = redis;
        writeFileSync(options, JSON.stringify({ address, namespace: point, storeFile, plan, simulation: model }));
        trained.clear();
        for (let life = 0; life < 3 && kills < times(1, 10); life++) {
          // A coordinator adds trials once in its life as long as none fails, and its successors find them added.
          if (point === 'after-add' && life > 0) break;
          const count = point.endsWith('add') ? 1 : 1 + random.below(3);
          const child = spawn(process.execPath, [program, options, point, String(count)], { stdio: 'ignore' });
          const [code, signal] = await once(child, 'exit');
          if (code === 0) break;
          expect(signal).toBe('SIGKILL');
          kills++;
        }
        const last = spawn(process.execPath, [program, options], { stdio: ['ignore', 'pipe', 'inherit'] });
        const { state, trials } = JSON.parse(await text(last.stdout)) as {
          state: string;
          trials: { completed: number };
        };
        expect({ state, completed: trials.completed }).toEqual({ state: 'finished', completed: plan.trials.length });
        const reader = expectSound(storeFile, plan.trials.length);
        expect(accuracies(reader)).toEqual(await undisturbed(plan, model, `${storeFile}.undisturbed`));
        reader.close();
        expect([...trained.values()]).toEqual(new Array(plan.trials.length).fill(1));
      }
      await worker.close();
    },
    limitMs(120_000),
  );
});
