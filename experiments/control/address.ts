import { createHash } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import { storeFile as realStoreFile } from '../../db/store-file.js';

/** Bytes that every system allows in the path of a socket. */
const longestPath = 100;

/**
 * Where the coordinator of a store listens: a socket beside the store, `<store>.control`, which the rights of its folder protect; in the
 * folder for temporary files where that path is too long for a socket; a named pipe on Windows.
 */
export function controlAddress(storeFile: string): string {
  const store = realStoreFile(storeFile);
  const name = createHash('sha256').update(store).digest('hex').slice(0, 24);
  if (process.platform === 'win32') return `\\\\.\\pipe\\triscale-${name}`;
  const beside = `${store}.control`;
  return Buffer.byteLength(beside) <= longestPath ? beside : path.join(os.tmpdir(), `triscale-${name}.control`);
}
