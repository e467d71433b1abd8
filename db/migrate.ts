import type { Db } from './database.js';

/** A step from the schema before to this one. */
export interface Migration {
  /** What `user_version` is afterwards: the migration's place in the list, from 1. */
  readonly version: number;
  readonly sql: string;
}

/** Version of the schema in a database; 0 for an empty one. */
export function schemaVersion(db: Db): number {
  return db.pragma('user_version', { simple: true }) as number;
}

/** Brings a database up to the last migration in one transaction: all of them are applied or none. */
export function migrate(db: Db, migrations: readonly Migration[]): void {
  const pending = (): Migration[] => {
    const version = schemaVersion(db);
    return migrations.filter((migration) => migration.version > version);
  };
  if (pending().length === 0) return;
  db.transaction(() => {
    for (const migration of pending()) {
      db.exec(migration.sql);
      db.pragma(`user_version = ${migration.version}`);
    }
  }).immediate();
}
