import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StoreReader } from '../../../db/reader.js';
import { readSearchEvidence } from '../../../experiments/handover/evidence.js';
import { loadExperiment } from '../../../experiments/run/experiment-file.js';
import { runSearch } from '../../../experiments/run/search-run.js';
import { makePlan, type Plan } from '../../../search/plan/plan.js';
import type { SimulationSpec } from '../../../search/simulation/simulation.js';
import { jobRunner } from '../../../workers/executors/local/runner.js';
import { farmWorker, patientClocks } from '../../support/farm.js';
import { accuracies } from '../../support/farm-search.js';
import { missing, parts } from '../../support/parts.js';
import { TestRedis } from '../../support/redis.js';
import { scratchFolder } from '../../support/scratch.js';
import { simulation } from '../../support/simulated.js';
import { smallPlan } from '../../support/small-plan.js';

const folder = scratchFolder('same-choice');
const cacheFolder = path.join(folder, 'cache');
let runs = 0;

/** What a search finds: every accuracy, who is tied and what is chosen. `farmWorkers`: null for the local pool. */
async function found(plan: Plan, model: SimulationSpec | null, redis: TestRedis, farmWorkers: number | null) {
  const storeFile = path.join(folder, `${runs}.sqlite`);
  const namespace = `same${runs++}`;
  const workers = Array.from({ length: farmWorkers ?? 0 }, () => {
    const run = jobRunner({ cacheFolder });
    return farmWorker(redis, { namespace, clocks: patientClocks, slots: [run] });
  });
  await Promise.all(workers.map((worker) => worker.start()));
  const farm = farmWorkers === null ? {} : { farm: { address: redis.address, namespace } };
  const end = await runSearch({ plan, simulation: model, storeFile, workers: 2, cacheFolder, engine: 'wasm', ...farm });
  await Promise.all(workers.map((worker) => worker.close()));
  expect(end).toMatchObject({ state: 'finished', trials: { failed: 0 } });
  const reader = StoreReader.open(storeFile);
  try {
    const [summary] = reader.searches();
    const { selection } = readSearchEvidence(reader, summary!);
    expect(selection.choice).not.toBeNull();
    const trainedBy = new Set(reader.attempts(1).map(({ engine }) => engine));
    return { accuracies: accuracies(reader), choice: selection.choice, tieSet: selection.tieSet, trainedBy };
  } finally {
    reader.close();
  }
}

describe.skipIf(missing(parts.redis))(
  'the same search on this machine, on a farm of one worker and on one of four',
  () => {
    let redis: TestRedis;
    beforeAll(async () => {
      redis = await TestRedis.start({ folder: path.join(folder, 'redis') });
    });
    afterAll(() => redis.kill());

    it('chooses the same of small networks that are trained, by the same accuracies', async () => {
      const plan = smallPlan({ depths: 2, resolutions: 2, replicates: 1, seedBudget: 0, epochs: 2 });
      const local = await found(plan, null, redis, null);
      expect(local.trainedBy).toEqual(new Set(['wasm']));
      expect(await found(plan, null, redis, 1)).toEqual(local);
      expect(await found(plan, null, redis, 4)).toEqual(local);
    }, 180_000);

    it('chooses the same of the demo, simulated, with the further seeds that it asks for', async () => {
      const { spec, baseline } = loadExperiment(path.resolve(import.meta.dirname, '../../../experiments/demo.json'));
      const plan = makePlan(spec, baseline);
      const model = simulation({ seedNoise: 0.004 });
      const local = await found(plan, model, redis, null);
      expect(local.accuracies.size).toBeGreaterThanOrEqual(plan.trials.length);
      expect(await found(plan, model, redis, 1)).toEqual(local);
      expect(await found(plan, model, redis, 4)).toEqual(local);
    }, 60_000);
  },
);
