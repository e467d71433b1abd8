import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Store } from '../../../../db/store.js';
import { CommitQueue } from '../../../../experiments/run/coordinator/commit-queue.js';
import { InputError } from '../../../../search/base/errors.js';
import { scratchFolder } from '../../../support/scratch.js';

const folder = scratchFolder('commit-queue');
let files = 0;
let store: Store;
let failures: unknown[];
let queue: CommitQueue;
beforeEach(() => {
  store = Store.open(path.join(folder, `${files++}.sqlite`));
  failures = [];
  queue = new CommitQueue(store, (error) => failures.push(error));
});
afterEach(() => store.close());

const write = (kind: string) => queue.add(() => store.addEvent({ searchId: null, kind, detail: '' }, 1));
const written = () => store.read.events(0, 10_000).map(({ kind }) => kind);

describe('a commit queue', () => {
  it('writes nothing until it commits, soon and without being asked, in order', async () => {
    const first = write('first');
    const second = write('second');
    expect(written()).toEqual([]);
    await Promise.all([first, second]);
    expect(written()).toEqual(['first', 'second']);
  });

  it('gives back what each write returned', async () => {
    expect(await Promise.all([queue.add(() => 1), queue.add(() => 'two')])).toEqual([1, 'two']);
  });

  it('commits at once when many are waiting', () => {
    for (let i = 0; i < 5000; i++) void write(`${i}`);
    expect(written().length).toBeGreaterThan(4000);
    queue.flush();
    expect(written()).toHaveLength(5000);
  });

  it('a write that fails loses what it wrote itself, and no other', async () => {
    const before = write('before');
    const bad = queue.add(() => {
      store.addEvent({ searchId: null, kind: 'half', detail: '' }, 1);
      throw new RangeError('a bad value');
    });
    const after = write('after');
    await expect(bad).rejects.toThrow('a bad value');
    await Promise.all([before, after]);
    expect(written()).toEqual(['before', 'after']);
    expect(failures).toEqual([]);
  });

  it('a write that fails and that nobody waits for is told to the owner', async () => {
    const before = write('before');
    queue.write(() => {
      throw new RangeError('a bad value');
    });
    await before;
    expect(failures).toEqual([new RangeError('a bad value')]);
  });

  it('commits nothing when the store itself fails, and says so to each and to its owner', async () => {
    const good = write('good');
    const bad = queue.add(() => {
      throw new InputError('bad-store', 'disk full');
    });
    await expect(bad).rejects.toThrow('disk full');
    await expect(good).rejects.toThrow('disk full');
    expect(written()).toEqual([]);
    expect(failures).toHaveLength(1);
    await write('later');
    expect(written()).toEqual(['later']);
  });
});
