import { existsSync } from 'node:fs';
import { StoreReader } from '../../db/reader.js';
import { type Store, storeIsLocked } from '../../db/store.js';

/**
 * Opens the store that a run is to go on with, to look into it before anything is decoded or trained; null where there is none yet. Nothing
 * is written, also where an older program wrote it. Throws `store-busy` while another coordinator works on it, and what
 * `StoreReader.openOlder` throws.
 */
export function readRunStore(file: string): StoreReader | null {
  if (!existsSync(file)) return null;
  const reader = StoreReader.openOlder(file);
  if (!reader.isBeingWritten()) return reader;
  reader.close();
  throw storeIsLocked(file);
}

/** What a person should know of a store that has just been opened to write to it; null where an older program still reads it as before. */
export function upgradeNote({ file, upgradedFrom }: Store): string | null {
  if (upgradedFrom === null) return null;
  return `The store ${file} was of schema ${upgradedFrom} and is brought up to date; an older triscale does not open it any more.`;
}
