import { existsSync } from 'node:fs';
import { StoreReader } from '../db/reader.js';
import { Store } from '../db/store.js';
import { InputError, show } from '../search/errors.js';

/**
 * Opens the store that a run is to go on with, to look into it before anything is decoded or trained: brought up to date where an older
 * program wrote it, null where there is none yet. Throws `store-busy` while another coordinator works on it, and what `Store.open` throws.
 */
export function readRunStore(file: string): StoreReader | null {
  if (!existsSync(file)) return null;
  const reader = openUpToDate(file);
  if (!reader.isBeingWritten()) return reader;
  reader.close();
  throw new InputError('store-busy', `store: expected one coordinator at a time, got a second one for ${show(file)}`);
}

function openUpToDate(file: string): StoreReader {
  try {
    return StoreReader.open(file);
  } catch (error) {
    if (!(error instanceof InputError) || error.code !== 'bad-store') throw error;
    // Whatever is truly wrong with it is said by this.
    Store.open(file).close();
    return StoreReader.open(file);
  }
}
