import { createRequire } from 'node:module';
import type Database from 'better-sqlite3';
import { InputError } from '../../search/base/errors.js';

const require = createRequire(import.meta.url);
const nodeMajor = Number.parseInt(process.versions.node, 10);

/**
 * Version 13 has one binary for every Node from 22 on, and npm installs it there. Node 20 takes version 12, whose binary is for one major
 * version of Node and which, if compiled with the headers of Node 24.19 or later, ends the process at a garbage collection
 * (nodejs/node#65446).
 */
const library = require(hasVersion13() ? 'better-sqlite3-13' : 'better-sqlite3') as typeof Database;

/** The error that SQLite throws. */
export const { SqliteError } = library;

/** Opens a file, or its content, with SQLite, whose binary is loaded at the first call. Throws `missing-part` if there is none for this Node. */
export function openSqlite(file: string | Buffer, options: Database.Options = {}): Database.Database {
  try {
    return new library(file, options);
  } catch (cause) {
    if (!isBinaryMissing(cause)) throw cause;
    const remedy = nodeMajor < 22 ? 'npm rebuild better-sqlite3 builds it' : 'npm install under this Node adds it';
    throw new InputError(
      'missing-part',
      `no better-sqlite3 that loads under Node ${process.version} is installed; ${remedy}`,
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

/** Whether Node refuses the binary, or the package does not find it. */
function isBinaryMissing(error: unknown): boolean {
  const { code, tries } = error as { code?: unknown; tries?: unknown };
  return code === 'ERR_DLOPEN_FAILED' || code === 'MODULE_NOT_FOUND' || Array.isArray(tries);
}
