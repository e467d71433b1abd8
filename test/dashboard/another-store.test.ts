import { rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Overview } from '../../dashboard/api.js';
import { type DashboardServer, startServer } from '../../dashboard/server/server.js';
import { Store } from '../../db/store.js';
import { emptyPage } from '../support/empty-page.js';
import { scratchFolder } from '../support/scratch.js';
import { addSimulatedSearch } from '../support/simulated-store.js';
import { until } from '../support/until.js';

const folder = scratchFolder('dashboard-another-store');
const file = path.join(folder, 'store.sqlite');
const faults: unknown[] = [];
let server: DashboardServer;
beforeAll(async () => {
  fill('before');
  server = await startServer({ store: file, pageFolder: emptyPage(folder), onError: (error) => faults.push(error) });
});
afterAll(() => server.close());

function fill(name: string): void {
  const store = Store.open(file);
  addSimulatedSearch(store, { experiment: { name }, finish: 3 });
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
