import { rmSync } from 'node:fs';
import { applicationId } from '../../db/file/header.js';
import { openSqlite } from '../../db/file/open-sqlite.js';
import { migrate } from '../../db/migrate.js';
import { migrations } from '../../db/migrations/index.js';

/**
 * Writes a store in an older schema: with the first `version` migrations, and the rows of `source` as far as those have tables and columns for
 * them. Replaces `target`.
 */
export function writeOlderStore(source: string, target: string, version: number): void {
  rmSync(target, { force: true });
  const db = openSqlite(target);
  try {
    db.pragma(`application_id = ${applicationId}`);
    migrate(db, migrations.slice(0, version));
    db.prepare('ATTACH ? AS source').run(source);
    const columnsOf = (schema: string, table: string): string[] =>
      (db.pragma(`${schema}.table_info(${table})`) as { name: string }[]).map(({ name }) => name);
    const tables = db
      .prepare<[], string>("SELECT name FROM main.sqlite_schema WHERE type = 'table' ORDER BY rowid")
      .pluck()
      .all();
    for (const table of tables) {
      const known = new Set(columnsOf('source', table));
      const columns = columnsOf('main', table).filter((name) => known.has(name));
      if (columns.length === 0) continue;
      const names = columns.join(', ');
      db.exec(`DELETE FROM main.${table}; INSERT INTO main.${table} (${names}) SELECT ${names} FROM source.${table};`);
    }
    db.exec('DETACH source');
  } finally {
    db.close();
  }
}
