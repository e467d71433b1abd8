import { InputError, show } from '../search/base/errors.js';
import { type Db, explained } from './database.js';
import { type Migration, schemaVersion } from './migrate.js';

/** SQLite's `application_id` of our files: the letters "Tric". */
export const applicationId = 0x54726963;

/**
 * Whether a database has no content yet. Throws `bad-store` when it is no database, another program's, or of a newer schema than
 * the last of `migrations`; nothing is written.
 */
export function checkHeader(db: Db, file: string, migrations: readonly Migration[]): { readonly empty: boolean } {
  const id = explained(file, () => db.pragma('application_id', { simple: true }) as number);
  const tables = explained(file, () => db.prepare<[], number>('SELECT count(*) FROM sqlite_schema').pluck().get() ?? 0);
  if (id === 0 && tables === 0) return { empty: true };
  if (id !== applicationId) {
    throw new InputError(
      'bad-store',
      `store: expected a database of triscale, got ${show(file)}, a database of another program`,
    );
  }
  const version = schemaVersion(db);
  const latest = migrations.at(-1)?.version ?? 0;
  if (version > latest) {
    throw new InputError(
      'bad-store',
      `store: expected schema ${latest} or older, got ${version} in ${show(file)}; a newer triscale wrote it`,
    );
  }
  return { empty: false };
}

/** Throws `bad-store` with SQLite's first finding when the file is damaged. */
export function quickCheck(db: Db, file: string): void {
  const finding = explained(file, () => db.pragma('quick_check(1)', { simple: true }) as string);
  if (finding !== 'ok') {
    const first = finding.split('\n').slice(0, 2).join(' ');
    throw new InputError(
      'bad-store',
      `store: expected an undamaged database, got ${show(file)}: ${first}; restore a copy or start a new store`,
    );
  }
}
