import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { InputError, show } from '../search/errors.js';

export type Db = Database.Database;

/** How long a statement waits for another process's lock, milliseconds. */
const busyTimeoutMs = 10_000;

/** Opens a database file to write to it; creates it when it does not exist. */
export function openToWrite(file: string): Db {
  return explained(file, () => new Database(file, { timeout: busyTimeoutMs }));
}

/** Opens a database file that must exist, to read only. */
export function openToRead(file: string): Db {
  if (!existsSync(file)) throw new InputError('missing-file', `store: expected an existing file, got ${show(file)}`);
  return explained(file, () => new Database(file, { readonly: true, fileMustExist: true, timeout: busyTimeoutMs }));
}

/** Durable at every commit, readers beside the one writer. */
export function configure(db: Db): void {
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('foreign_keys = ON');
}

/** Runs `work`; SQLite's word that the file is no database, is damaged, cannot be opened or cannot grow becomes the user's error. */
export function explained<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const reason = reasonOf(cause);
    if (reason === null) throw cause;
    throw new InputError('bad-store', `store: expected a database of triscale, got ${show(file)}, which ${reason}`, {
      cause,
    });
  }
}

function reasonOf(cause: unknown): string | null {
  if (cause instanceof TypeError && /directory does not exist/.test(cause.message))
    return 'lies in a folder that does not exist';
  if (!(cause instanceof Database.SqliteError)) return null;
  if (cause.code === 'SQLITE_NOTADB') return 'is no database';
  if (cause.code.startsWith('SQLITE_CORRUPT'))
    return `is damaged (${cause.message}); restore a copy or start a new store`;
  if (cause.code.startsWith('SQLITE_CANTOPEN')) return 'cannot be opened';
  if (cause.code.startsWith('SQLITE_READONLY')) return 'cannot be written';
  if (cause.code === 'SQLITE_FULL')
    return 'has no room left on its disk; what was recorded is kept, make room and run again';
  return null;
}
