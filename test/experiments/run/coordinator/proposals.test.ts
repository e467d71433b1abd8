import { expect, it } from 'vitest';
import { Coordinator } from '../../../../experiments/run/coordinator/coordinator.js';
import { selectPlanned } from '../../../../search/evidence/select-planned.js';
import { parseExperiment } from '../../../../search/plan/experiment.js';
import { makePlan } from '../../../../search/plan/plan.js';
import { pool } from '../../../support/coordinated.js';
import { scratchStores } from '../../../support/scratch-stores.js';
import { simulation } from '../../../support/simulated.js';
import { smallExperiment } from '../../../support/small-plan.js';

const openStore = scratchStores('coordinator-proposals');

it('networks that are proposed during a search have no point, are stored before they are trained, and are trained once', async () => {
  const strategy = { name: 'random', networks: 2 };
  const spec = parseExperiment({ ...smallExperiment({ replicates: 1, seedBudget: 0 }), strategy });
  const plan = makePlan(spec, spec.baseline as never);
  const store = openStore();
  const run = () => new Coordinator({ plan, simulation: simulation(), store, executor: pool(1) });

  // Stopped after its first trial: the next run goes on with the same proposals.
  const coordinator = run();
  const stopped = coordinator.run();
  await coordinator.stop('drain');
  const { searchId } = await stopped;
  const before = store.read.proposed(searchId).map(({ id }) => id);

  expect(await run().run()).toMatchObject({ state: 'finished', searchId });
  const after = store.read.proposed(searchId);
  expect(after.map(({ id }) => id).slice(0, before.length)).toEqual(before);
  expect(after.every(({ state }) => state === 'completed')).toBe(true);
  const attempts = store.read.attempts(searchId).filter(({ state }) => state === 'completed');
  expect(new Set(attempts.map(({ trialId }) => trialId)).size).toBe(attempts.length);

  const stored = store.read.plan(searchId);
  const withoutPoint = stored.networks.filter(({ id }) => !stored.points.some(({ networkId }) => networkId === id));
  expect(withoutPoint.length).toBeGreaterThan(0);
  const { selection } = selectPlanned(stored, store.read.evidence(searchId), { validationImages: 100 });
  expect(selection.estimates.length).toBe(stored.networks.length);
});
