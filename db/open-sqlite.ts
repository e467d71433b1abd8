import { createRequire } from 'node:module';
import type Database from 'better-sqlite3';
import { InputError } from '../search/base/errors.js';

const require = createRequire(import.meta.url);
const nodeMajor = Number.parseInt(process.versions.node, 10);

/**
 * Version 13 brings one binary for every Node from 22 on, where npm installs it. Node 20 takes version 12, whose binary is for one major
 * version of Node and which ends the process at a garbage collection when it was compiled with the headers of Node 24.19 or later
 * (nodejs/node#65446).
 */
const library = require(hasVersion13() ? 'better-sqlite3-13' : 'better-sqlite3') as typeof Database;

/** What SQLite throws. */
export const { SqliteError } = library;

/** Opens a file, or the content of one, with SQLite, whose binary is loaded at the first call. Throws `missing-part` when there is none for this Node. */
export function openSqlite(file: string | Buffer, options: Database.Options = {}): Database.Database {
  try {
    return new library(file, options);
  } catch (cause) {
    if (!isBinaryMissing(cause)) throw cause;
    const remedy = nodeMajor < 22 ? 'npm rebuild better-sqlite3 builds it' : 'npm install under this Node adds it';
    throw new InputError(
      'missing-part',
      `store: expected a better-sqlite3 for Node ${process.version}, got none that loads; ${remedy}`,
      { cause },
    );
  }
}

function hasVersion13(): boolean {
  if (nodeMajor < 22) return false;
  try {
    require.resolve('better-sqlite3-13');
    return true;
  } catch {
    return false;
  }
}

/** Whether Node refuses the binary, or no package finds it. */
function isBinaryMissing(error: unknown): boolean {
  const { code, tries } = error as { code?: unknown; tries?: unknown };
  return code === 'ERR_DLOPEN_FAILED' || code === 'MODULE_NOT_FOUND' || Array.isArray(tries);
}
