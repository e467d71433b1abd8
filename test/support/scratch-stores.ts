import path from 'node:path';
import { afterEach } from 'vitest';
import { Store } from '../../db/store.js';
import { scratchFolder } from './scratch.js';

/** What opens a new, empty store at each call, in a folder of this test file's own. They are closed after the test that opened them. */
export function scratchStores(name: string): () => Store {
  const folder = scratchFolder(name);
  let files = 0;
  const open: Store[] = [];
  afterEach(() => {
    for (const store of open.splice(0)) store.close();
  });
  return () => {
    const store = Store.open(path.join(folder, `${files++}.sqlite`));
    open.push(store);
    return store;
  };
}
