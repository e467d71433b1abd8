import path from 'node:path';
import { expect, it } from 'vitest';
import { openSqlite } from '../../db/file/open-sqlite.js';
import { Store } from '../../db/store.js';
import { scratchFolder } from '../support/scratch.js';
import { addSimulatedSearch } from '../support/simulated-store.js';

const folder = scratchFolder('test-reads');

it('every reading of the test split is counted from its beginning, and what it gave is recorded once', () => {
  const store = Store.open(path.join(folder, 'one.sqlite'));
  const { searchId, plan } = addSimulatedSearch(store, { finish: 2 });
  const [first, second] = plan.trials;
  if (!first || !second) throw new Error('no trials');
  expect(store.read.testReads(searchId)).toEqual([]);
  const reading = store.openTestSplit(searchId, first.id, 10);
  store.openTestSplit(searchId, second.id, 20);
  store.recordTest(reading, 600, 0.75);
  store.recordTest(reading, 600, 0.99);
  expect(store.read.testReads(searchId)).toEqual([
    { id: 1, trialId: first.id, seed: first.seed, atMs: 10, images: 600, accuracy: 0.75 },
    { id: 2, trialId: second.id, seed: second.seed, atMs: 20, images: null, accuracy: null },
  ]);
  expect(() => store.openTestSplit(searchId, 'none', 30)).toThrow('no trial none');
  expect(store.read.testReads(searchId)).toHaveLength(2);
  store.close();
});

it('no reading can be taken back', () => {
  const file = path.join(folder, 'two.sqlite');
  const store = Store.open(file);
  const { searchId, plan } = addSimulatedSearch(store, { finish: 1 });
  store.openTestSplit(searchId, (plan.trials[0] as { id: string }).id, 10);
  store.close();
  const db = openSqlite(file);
  expect(() => db.exec('DELETE FROM test_reads')).toThrow('a reading of the test split stays');
  db.close();
});
