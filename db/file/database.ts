import type Database from 'better-sqlite3';
import { InputError, show } from '../../search/base/errors.js';
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

/** A copy of a database in memory; an empty one for null. */
export function copyInMemory(db: Db | null): Db {
  if (!db) return openSqlite(':memory:', {});
  const bytes = db.serialize();
  // The versions of the file format for writing and reading, as without a write-ahead log: a database in memory cannot have one.
  bytes.fill(1, 18, 20);
  return openSqlite(bytes, {});
}

/** Makes every commit durable, and lets readers work beside the one writer. */
export function configure(db: Db): void {
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('foreign_keys = ON');
}

/**
 * Turns the write-ahead log off before the database is closed: a reader would create the files of the log again and could not remove them.
 * The log stays on while another process has the database open.
 */
export function leaveLog(db: Db): void {
  db.pragma('busy_timeout = 0');
  try {
    db.pragma('journal_mode = DELETE');
  } catch (error) {
    // A reader is at work, or the disk is full: the content of the log is durable all the same.
    if (!(error instanceof SqliteError)) throw error;
  }
}

/**
 * Runs `work`. If SQLite or the system says that the file is not a database, is damaged, cannot be opened or cannot grow, throws `bad-store`
 * with that reason. `noun`: what the file is.
 */
export function explained<T>(file: string, work: () => T, noun = 'store'): T {
  try {
    return work();
  } catch (cause) {
    const reason = reasonOf(cause);
    if (reason === null) throw cause;
    throw new InputError('bad-store', `${noun} ${show(file)} ${reason}`, { cause });
  }
}

function reasonOf(cause: unknown): string | null {
  if (cause instanceof TypeError && /directory does not exist/.test(cause.message))
    return 'is in a folder that does not exist';
  if (!(cause instanceof SqliteError)) return fileReasons[(cause as NodeJS.ErrnoException | null)?.code ?? ''] ?? null;
  if (cause.code === 'SQLITE_NOTADB') return 'is not a database';
  if (cause.code.startsWith('SQLITE_CORRUPT'))
    return `is damaged (${cause.message}); restore a copy or start a new store`;
  if (cause.code.startsWith('SQLITE_CANTOPEN')) return 'cannot be opened';
  if (cause.code.startsWith('SQLITE_READONLY')) return 'cannot be written';
  if (cause.code === 'SQLITE_FULL') return noRoom;
  // Also if the disk is full: SQLite reports that when it cannot enlarge the memory that it shares with its readers.
  if (cause.code.startsWith('SQLITE_IOERR'))
    return `cannot be read or written (${cause.code}): its disk is full or faulty; everything recorded is kept`;
  return null;
}

const noRoom = 'has no room left on its disk; everything recorded is kept, so free some space and run again';

/** What the system's error codes mean for the path of a file. */
const fileReasons: Readonly<Record<string, string>> = {
  ENOENT: 'is in a folder that does not exist',
  ENOTDIR: 'is inside a file, which is not a folder',
  EEXIST: 'is inside a file, which is not a folder',
  EACCES: 'cannot be opened: this user has no permission',
  EPERM: 'cannot be opened: this user has no permission',
  EROFS: 'cannot be written',
  EIO: 'cannot be read: its disk is faulty',
  ESTALE: 'cannot be read: its network disk has lost it',
  ELOOP: 'is a symbolic link that leads back to itself',
  ENAMETOOLONG: 'has a name that is too long',
  ENOSPC: noRoom,
};
