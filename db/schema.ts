import { openSqlite } from './file/open-sqlite.js';
import { migrate } from './migrate.js';
import { migrations } from './migrations/index.js';

/** The schema of a new store as SQL, one statement after another: what `db/schema.sql` holds for people to read. */
export function schemaText(): string {
  const db = openSqlite(':memory:');
  try {
    migrate(db, migrations);
    const statements = db
      .prepare<[], string>(
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid",
      )
      .pluck()
      .all();
    const version = migrations.at(-1)?.version ?? 0;
    const head = `-- The schema of a store, version ${version}. Written by \`npm run schema\` from db/migrations; do not edit.\n`;
    return [head, ...statements.map((sql) => `${sql.trim()};\n`)].join('\n');
  } finally {
    db.close();
  }
}
