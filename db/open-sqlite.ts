import Database from 'better-sqlite3';
import { InputError } from '../search/errors.js';

/**
 * Opens a file with SQLite, whose binary is loaded at the first call. Throws `missing-part` when there is none for this Node: it is compiled
 * for one major version, and Node may have been replaced since.
 */
export function openSqlite(file: string, options: Database.Options): Database.Database {
  try {
    return new Database(file, options);
  } catch (cause) {
    if (!isBinaryMissing(cause)) throw cause;
    throw new InputError(
      'missing-part',
      `store: expected a better-sqlite3 that was built for Node ${process.version}, got none that loads; npm rebuild better-sqlite3 builds it`,
      { cause },
    );
  }
}

/** Whether Node refuses the binary, or the package `bindings` does not find it. */
function isBinaryMissing(error: unknown): boolean {
  const { code, tries } = error as { code?: unknown; tries?: unknown };
  return code === 'ERR_DLOPEN_FAILED' || Array.isArray(tries);
}
