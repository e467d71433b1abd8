import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PlanView, StateView } from '../../dashboard/api.js';
import { type DashboardServer, startServer } from '../../dashboard/server/server.js';
import { Store } from '../../db/store.js';
import { defaultRetries } from '../../search/plan/outcomes.js';
import { emptyPage } from '../support/empty-page.js';
import { completedOutcome, epochMetrics, provenance } from '../support/outcomes.js';
import { scratchFolder } from '../support/scratch.js';
import { fillSimulatedStore, type SimulatedSearch } from '../support/simulated-store.js';

const folder = scratchFolder('dashboard-large-live');
const file = path.join(folder, 'store.sqlite');
const finished = 5000;
let search: SimulatedSearch;
let server: DashboardServer;
beforeAll(async () => {
  const axis = { from: 1, to: 1.6, step: 0.04 };
  const grid = { alpha: { from: 1, to: 2.2, step: 0.04 }, beta: axis, gamma: axis, tolerance: 2 };
  const experiment = { grid, training: { epochs: 2 }, replicates: 5 };
  search = fillSimulatedStore(file, { experiment, simulation: { seedNoise: 0.003 }, finish: finished });
  server = await startServer({ store: file, pageFolder: emptyPage(folder) });
}, 120_000);
afterAll(() => server.close());

const address = (rest: string) => new URL(`/api/searches/${search.searchId}/${rest}`, server.url);
const read = async <T>(rest: string) => (await fetch(address(rest))).json() as Promise<T>;

it('new results of a search of thousands of trials, whose epochs never pause, are all shown', async () => {
  const plan = await read<PlanView>('plan');
  expect(plan.trials.length).toBeGreaterThan(finished);
  const store = Store.open(file);
  const begin = (trialId: string) => {
    const attempt = { trialId, attempt: store.openAttempt(trialId, trialId, 1), token: trialId };
    store.startAttempt({ ...attempt, provenance, resumedAtEpoch: 0 }, 2);
    return attempt;
  };
  const [noisy, ...waiting] = search.plan.trials.slice(finished, finished + 5).map(({ id }) => begin(id));
  let epoch = 1;
  const epochs = setInterval(() => store.recordEpoch({ ...noisy!, metrics: epochMetrics(epoch++) }), 25);
  let shown = 0;
  try {
    for (const attempt of waiting) {
      const outcome = completedOutcome({ datasetDigest: 'simulated', validationAccuracy: 0.9 });
      store.transaction(() => store.recordResult({ ...attempt, outcome }, defaultRetries, 3));
      const place = plan.trials.findIndex(({ id }) => id === attempt.trialId);
      for (;;) {
        const { trials, selection } = await read<StateView>('state');
        if (trials[place]?.state === 'completed') {
          const { networkId } = plan.trials[place]!;
          expect(selection.estimates.find((one) => one.networkId === networkId)?.n).toBeGreaterThan(0);
          break;
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      shown++;
    }
  } finally {
    clearInterval(epochs);
    store.close();
  }
  // How soon is measured by bench:dashboard.
  expect(shown).toBe(waiting.length);
}, 120_000);
