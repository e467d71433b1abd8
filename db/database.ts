import type Database from 'better-sqlite3';
import { InputError, show } from '../search/base/errors.js';
import { openSqlite, SqliteError } from './open-sqlite.js';

export type Db = Database.Database;

/** How long a statement waits for another process's lock, milliseconds. */
const busyTimeoutMs = 10_000;

/** Opens a database file to write to it; creates it when it does not exist. */
export function openToWrite(file: string): Db {
  return explained(file, () => openSqlite(file, { timeout: busyTimeoutMs }));
}

/** Opens a database file that must exist, to read only. */
export function openToRead(file: string): Db {
  return explained(file, () => openSqlite(file, { readonly: true, fileMustExist: true, timeout: busyTimeoutMs }));
}

/** A copy of a database that lives in memory; an empty one for null. */
export function copyInMemory(db: Db | null): Db {
  if (!db) return openSqlite(':memory:', {});
  const bytes = db.serialize();
  // The file format's versions for writing and reading, as without a write-ahead log: memory has no room for one.
  bytes.fill(1, 18, 20);
  return openSqlite(bytes, {});
}

/** Durable at every commit, readers beside the one writer. */
export function configure(db: Db): void {
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('foreign_keys = ON');
}

/**
 * Leaves the mode of `configure` before the database is closed: whoever reads a log makes its files again, and a reader may not remove
 * them. They stay where somebody has the database open.
 */
export function leaveLog(db: Db): void {
  db.pragma('busy_timeout = 0');
  try {
    db.pragma('journal_mode = DELETE');
  } catch (error) {
    // A reader is at work, or the disk is full: what is in the log is as durable as ever.
    if (!(error instanceof SqliteError)) throw error;
  }
}

/**
 * Runs `work`; SQLite's or the system's word that the file is no database, is damaged, cannot be opened or cannot grow becomes the user's
 * error. `expected`: what the file is for.
 */
export function explained<T>(file: string, work: () => T, expected = 'a database of triscale'): T {
  try {
    return work();
  } catch (cause) {
    const reason = reasonOf(cause);
    if (reason === null) throw cause;
    throw new InputError('bad-store', `store: expected ${expected}, got ${show(file)}, which ${reason}`, { cause });
  }
}

function reasonOf(cause: unknown): string | null {
  if (cause instanceof TypeError && /directory does not exist/.test(cause.message))
    return 'lies in a folder that does not exist';
  if (!(cause instanceof SqliteError)) return fileReasons[(cause as NodeJS.ErrnoException | null)?.code ?? ''] ?? null;
  if (cause.code === 'SQLITE_NOTADB') return 'is no database';
  if (cause.code.startsWith('SQLITE_CORRUPT'))
    return `is damaged (${cause.message}); restore a copy or start a new store`;
  if (cause.code.startsWith('SQLITE_CANTOPEN')) return 'cannot be opened';
  if (cause.code.startsWith('SQLITE_READONLY')) return 'cannot be written';
  if (cause.code === 'SQLITE_FULL') return noRoom;
  // Also where the disk is full: SQLite says so when it cannot enlarge the memory that it shares with its readers.
  if (cause.code.startsWith('SQLITE_IOERR'))
    return `cannot be read or written (${cause.code}): its disk is full or faulty; what was recorded is kept`;
  return null;
}

const noRoom = 'has no room left on its disk; what was recorded is kept, make room and run again';

/** What the system's errors say about the path of a file. */
const fileReasons: Readonly<Record<string, string>> = {
  ENOENT: 'lies in a folder that does not exist',
  ENOTDIR: 'lies under a file that is no folder',
  EEXIST: 'lies under a file that is no folder',
  EACCES: 'cannot be opened with the rights of this user',
  EPERM: 'cannot be opened with the rights of this user',
  EROFS: 'cannot be written',
  EIO: 'cannot be read: its disk is faulty',
  ESTALE: 'cannot be read: its network disk has lost it',
  ELOOP: 'is a symbolic link that leads back to itself',
  ENAMETOOLONG: 'has too long a name',
  ENOSPC: noRoom,
};
