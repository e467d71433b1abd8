import { existsSync } from 'node:fs';
import type Database from 'better-sqlite3';
import { explained } from './database.js';
import { openSqlite, SqliteError } from './open-sqlite.js';

/**
 * The right to write to a store: an exclusive SQLite lock on an empty database beside it, `<store>.lock`. The operating system holds it for as
 * long as the process lives, so that it is released whatever ends the process, and there is no stale lock. The file stays, because removing
 * it could let two processes lock two files of the same name. Here and below, `store` is a path that `storeFile` returned.
 */
export class WriterLock {
  private constructor(private readonly db: Database.Database) {}

  /** Takes the lock, or returns null when another process, or another store in this one, holds it. */
  static take(store: string): WriterLock | null {
    return explainedLock(store, () => {
      const db = openSqlite(lockFile(store), { timeout: 500 });
      try {
        db.exec('BEGIN EXCLUSIVE');
        return new WriterLock(db);
      } catch (error) {
        db.close();
        if (isBusy(error)) return null;
        throw error;
      }
    });
  }

  release(): void {
    this.db.close();
  }
}

/** Whether a coordinator holds the store right now. */
export function isHeld(store: string): boolean {
  if (!existsSync(lockFile(store))) return false;
  return explainedLock(store, () => {
    const db = openSqlite(lockFile(store), { readonly: true, timeout: 0 });
    try {
      db.prepare('SELECT count(*) FROM sqlite_schema').get();
      return false;
    } catch (error) {
      if (isBusy(error)) return true;
      throw error;
    } finally {
      db.close();
    }
  });
}

function explainedLock<T>(store: string, work: () => T): T {
  return explained(lockFile(store), work, 'lock file');
}

function lockFile(store: string): string {
  return `${store}.lock`;
}

function isBusy(error: unknown): boolean {
  return error instanceof SqliteError && error.code.startsWith('SQLITE_BUSY');
}
