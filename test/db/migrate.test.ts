import { describe, expect, it } from 'vitest';
import { openSqlite } from '../../db/file/open-sqlite.js';
import { type Migration, migrate, schemaVersion } from '../../db/migrate.js';
import { migrations } from '../../db/migrations/index.js';

const first: Migration = { version: 1, sql: 'CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (1);' };
const second: Migration = { version: 2, sql: 'ALTER TABLE a ADD COLUMN y TEXT; UPDATE a SET y = x;' };
const broken: Migration = { version: 3, sql: "INSERT INTO a VALUES (2, 'two'); CREATE TABLE a (x INTEGER);" };

describe('migrations', () => {
  it('are all applied to a new database, and only the missing ones to an old one', () => {
    const old = openSqlite(':memory:');
    migrate(old, [first]);
    expect(schemaVersion(old)).toBe(1);
    migrate(old, [first, second]);
    const fresh = openSqlite(':memory:');
    migrate(fresh, [first, second]);
    for (const db of [old, fresh]) {
      expect(schemaVersion(db)).toBe(2);
      expect(db.prepare('SELECT * FROM a').all()).toEqual([{ x: 1, y: '1' }]);
    }
  });

  it('do nothing when they have been applied', () => {
    const db = openSqlite(':memory:');
    migrate(db, [first, second]);
    migrate(db, [first, second]);
    expect(db.prepare('SELECT count(*) AS n FROM a').get()).toEqual({ n: 1 });
  });

  it('are applied all or none: one that fails leaves the schema and the rows as they were', () => {
    const db = openSqlite(':memory:');
    migrate(db, [first]);
    expect(() => migrate(db, [first, second, broken])).toThrow(/already exists/);
    expect(schemaVersion(db)).toBe(1);
    expect(db.prepare('SELECT * FROM a').all()).toEqual([{ x: 1 }]);
  });

  it('of this program are numbered by their place in the list', () => {
    expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, i) => i + 1));
  });

  it('of this program make strict tables only', () => {
    const db = openSqlite(':memory:');
    migrate(db, migrations);
    const tables = db
      .prepare<[], { name: string; strict: number }>("SELECT name, strict FROM pragma_table_list WHERE schema = 'main'")
      .all();
    const ours = tables.filter(({ name }) => !name.startsWith('sqlite_'));
    expect(ours.length).toBeGreaterThan(5);
    expect(ours.filter(({ strict }) => strict !== 1)).toEqual([]);
  });
});
