import { rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Overview, PlanView } from '../../dashboard/api.js';
import { type DashboardServer, startServer } from '../../dashboard/server/server.js';
import { Store } from '../../db/store.js';
import { parseExperiment } from '../../search/plan/experiment.js';
import { defaultRetries } from '../../search/plan/outcomes.js';
import { makePlan } from '../../search/plan/plan.js';
import { emptyPage } from '../support/empty-page.js';
import { gate } from '../support/gate.js';
import { completedOutcome } from '../support/outcomes.js';
import { scratchFolder } from '../support/scratch.js';
import { smallExperiment, smallPlan } from '../support/small-plan.js';
import { until } from '../support/until.js';

const folder = scratchFolder('dashboard-another-store');
const file = path.join(folder, 'store.sqlite');
const faults: unknown[] = [];
/** Of which data pictures are being made, and the gate before them. */
const waiting: string[] = [];
let images = gate();
let server: DashboardServer;
beforeAll(async () => {
  fill('before');
  server = await startServer({
    store: file,
    pageFolder: emptyPage(folder),
    pictures: async ({ digest }, mistakes) => {
      waiting.push(digest);
      await images.opened;
      return { classes: ['a'], sidePx: 1, pngs: mistakes.map(() => Buffer.from(digest)) };
    },
    onError: (error) => faults.push(error),
  });
});
afterAll(() => server.close());

/** A store of one search, all of whose trials have mistakes. */
function fill(name: string): void {
  const store = Store.open(file);
  const plan = makePlan(parseExperiment({ ...smallExperiment({ replicates: 1 }), name }), smallPlan().baseline);
  const { id } = store.addSearch(plan, null, 1);
  store.fixDatasetDigest(id, name);
  for (const { id: trialId } of plan.trials) {
    const attempt = store.openAttempt(trialId, trialId, 2);
    const outcome = completedOutcome({ datasetDigest: name });
    store.recordResult({ trialId, attempt, token: trialId, outcome }, defaultRetries, 3);
  }
  store.close();
}

const remove = (): void => {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
};
const ask = async () => {
  const response = await fetch(`${server.url}api/searches`);
  return { status: response.status, body: (await response.json()) as Overview & { error: string } };
};

it('a store that cannot be looked at is said in a sentence, and read again as soon as it can', async () => {
  expect((await ask()).body.searches[0]?.name).toBe('before');
  remove();
  // Of all that may befall a path, what also befalls who may read everything.
  symlinkSync(path.basename(file), file);
  await until(async () => (await ask()).status === 400, 10_000);
  expect((await ask()).body.error).toMatch(/"store\.sqlite".* leads back to itself/);
  rmSync(file);
  fill('after');
  await until(async () => (await ask()).status === 200, 10_000);
  expect((await ask()).body.searches[0]?.name).toBe('after');
  expect(faults).toEqual([]);
});

it('who asked while the store was replaced gets the answer of the store that was asked', async () => {
  remove();
  fill('first');
  await until(async () => (await ask()).body.searches?.[0]?.name === 'first', 10_000);
  const plan = (await (await fetch(`${server.url}api/searches/1/plan`)).json()) as PlanView;
  const trial = `${server.url}api/searches/1/trials/${plan.trials[0]?.id}`;
  waiting.length = 0;
  images = gate();
  const answers = ['report', 'view', 'picture'].map((what) =>
    fetch(
      { report: `${server.url}api/searches/1/report`, view: `${trial}/pictures`, picture: `${trial}/pictures/16` }[
        what
      ] as string,
    ),
  );
  await until(() => waiting.length === 2, 10_000);
  remove();
  fill('second');
  await until(async () => (await ask()).body.searches?.[0]?.name === 'second', 10_000);
  images.open();
  const [report, view, picture] = (await Promise.all(answers)) as [Response, Response, Response];
  expect([report.status, view.status, picture.status]).toEqual([200, 200, 200]);
  expect(await report.text()).toContain('<title>Triscale: first</title>');
  expect(await picture.text()).toBe('first');
  expect(faults).toEqual([]);
});
