import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSqlite } from '../../../db/file/open-sqlite.js';
import { Store } from '../../../db/store.js';
import { SearchControl } from '../../../experiments/control/search-control.js';
import { coordinateOn, plan } from '../../support/coordinated.js';
import { scratchFolder } from '../../support/scratch.js';
import { simulation } from '../../support/simulated.js';

const folder = scratchFolder('search-control');

describe('a running search that is extended', () => {
  it('stores the larger plan with the note of where it came from, or neither', async () => {
    const file = path.join(folder, 'extended.sqlite');
    const store = Store.open(file);
    onTestFinished(() => store.close());
    const control = new SearchControl(store, plan, simulation());
    const { coordinator } = coordinateOn(store);
    control.attach(coordinator);
    const extend = () => control.handle({ command: 'extend', extension: { replicates: 3 } });

    const other = openSqlite(file);
    onTestFinished(() => void other.close());
    other.exec(`CREATE TRIGGER full BEFORE INSERT ON events WHEN NEW.kind = 'extended'
      BEGIN SELECT RAISE(ABORT, 'no room for the note'); END`);
    await expect(extend()).rejects.toThrow('no room for the note');
    expect(store.read.searches().map(({ id }) => id)).toEqual([coordinator.searchId]);
    expect(control.goOn()).toBe(false);

    other.exec('DROP TRIGGER full');
    expect(await extend()).toMatchObject({ count: 12, message: expect.stringContaining('12 still to train') });
    const [search, ...others] = store.read.searches().filter(({ id }) => id !== coordinator.searchId);
    expect(others).toEqual([]);
    expect(store.read.extensions()).toMatchObject([{ searchId: search?.id, fromId: coordinator.searchId }]);
    expect(control.goOn()).toBe(true);
  });
});
