import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Checkpoints, type KeepPolicy } from '../../../../experiments/run/coordinator/checkpoints.js';
import { scratchFolder } from '../../../support/scratch.js';

const folder = scratchFolder('checkpoints');
let stores = 0;

/** The checkpoints of a new store, one for each of these trials. */
function checkpoints(policy: KeepPolicy, ...trialIds: string[]) {
  const store = path.join(folder, `${stores++}.sqlite`);
  const kept = new Checkpoints(store, policy);
  for (const id of trialIds) {
    mkdirSync(kept.folderOf(id), { recursive: true });
    writeFileSync(path.join(kept.folderOf(id), 'weights.bin'), 'weights');
  }
  return { kept, store, left: () => readdirSync(`${store}.d/checkpoints`).sort() };
}

describe('checkpoints', () => {
  it('none: go with their trial, those of other trials stay', async () => {
    const { kept, left } = checkpoints('none', 'a', 'b');
    await kept.completed('a', 0.9);
    await kept.completed('never had one', 0.9);
    expect(left()).toEqual(['b']);
  });

  it('best: the most accurate stays, and goes when a better one comes', async () => {
    const { kept, left } = checkpoints('best', 'a', 'b', 'c', 'unfinished');
    await kept.completed('a', 0.5);
    await kept.completed('b', 0.4);
    expect(left()).toEqual(['a', 'c', 'unfinished']);
    await kept.completed('c', 0.6);
    expect(left()).toEqual(['c', 'unfinished']);
  });

  it('all: stay', async () => {
    const { kept, left } = checkpoints('all', 'a', 'b');
    await kept.completed('a', 0.9);
    await kept.sweep(new Map([['b', 0.8]]));
    expect(left()).toEqual(['a', 'b']);
  });

  it('of trials that a dead coordinator completed are swept, by the same policy', async () => {
    const none = checkpoints('none', 'done', 'unfinished', 'of another search');
    await none.kept.sweep(new Map([['done', 0.5]]));
    expect(none.left()).toEqual(['of another search', 'unfinished']);
    const best = checkpoints('best', 'a', 'b');
    await best.kept.sweep(new Map(Object.entries({ a: 0.5, b: 0.6, gone: 0.7 })));
    expect(best.left()).toEqual([]);
  });

  it('leave no folder behind when there are none, and no harm is done when there never were any', async () => {
    const { kept, store } = checkpoints('none', 'a');
    await kept.tidy();
    expect(existsSync(kept.folderOf('a'))).toBe(true);
    await kept.completed('a', 1);
    await kept.tidy();
    expect(existsSync(`${store}.d`)).toBe(false);
    await kept.tidy();
    await kept.sweep(new Map([['a', 1]]));
  });
});
