import type { Db } from './file/database.js';

/** A step from one schema to the next. */
export interface Migration {
  /** `user_version` afterwards: the place of the migration in the list, from 1. */
  readonly version: number;
  readonly sql: string;
  /**
   * Temporary views that show a database of the schema before as this migration would leave it, so that an older store can be read without
   * being written. A migration without them can only be applied.
   */
  readonly overlay?: string;
}

/** The schema of a database; 0 for an empty one. */
export function schemaVersion(db: Db): number {
  return db.pragma('user_version', { simple: true }) as number;
}

/** Brings a database up to the last migration in one transaction: either all are applied or none. */
export function migrate(db: Db, migrations: readonly Migration[]): void {
  if (missing(db, migrations).length === 0) return;
  db.transaction(() => {
    // Another process may have migrated it in the meantime.
    for (const migration of missing(db, migrations)) {
      db.exec(migration.sql);
      db.pragma(`user_version = ${migration.version}`);
    }
  }).immediate();
}

/** Lets an older database be read by the queries of the last migration, on this connection alone. Returns false where it is too old for that. */
export function overlay(db: Db, migrations: readonly Migration[]): boolean {
  const steps = missing(db, migrations);
  if (steps.some((step) => step.overlay === undefined)) return false;
  for (const step of steps) db.exec(step.overlay as string);
  return true;
}

/** Removes what `overlay` has made, once the database itself has been migrated. */
export function removeOverlay(db: Db): void {
  const views = db.prepare<[], string>("SELECT name FROM temp.sqlite_schema WHERE type = 'view'").pluck().all();
  for (const view of views) db.exec(`DROP VIEW temp.${view}`);
}

function missing(db: Db, migrations: readonly Migration[]): Migration[] {
  const version = schemaVersion(db);
  return migrations.filter((migration) => migration.version > version);
}
