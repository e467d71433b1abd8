import { InputError, show } from '../../search/base/errors.js';
import { type Migration, schemaVersion } from '../migrate.js';
import { type Db, explained } from './database.js';

/** SQLite's `application_id` of our files: the letters "Tric". */
export const applicationId = 0x54726963;

/**
 * Checks whose database a file is. `empty`: it has no content yet. Throws `bad-store` if it is not a database, belongs to another program, or has
 * a newer schema than the last of `migrations`. Writes nothing.
 */
export function checkHeader(db: Db, file: string, migrations: readonly Migration[]): { readonly empty: boolean } {
  const id = explained(file, () => db.pragma('application_id', { simple: true }) as number);
  const tables = explained(file, () => db.prepare<[], number>('SELECT count(*) FROM sqlite_schema').pluck().get() ?? 0);
  if (id === 0 && tables === 0) return { empty: true };
  if (id !== applicationId) throw new InputError('bad-store', `store ${show(file)} is a database of another program`);
  const version = schemaVersion(db);
  const latest = migrations.at(-1)?.version ?? 0;
  if (version > latest) {
    throw new InputError(
      'bad-store',
      `store ${show(file)} has schema ${version}, written by a newer triscale; this one reads up to schema ${latest}`,
    );
  }
  return { empty: false };
}

/** Throws `bad-store` with the first finding of SQLite if the file is damaged. */
export function quickCheck(db: Db, file: string): void {
  const finding = explained(file, () => db.pragma('quick_check(1)', { simple: true }) as string);
  if (finding !== 'ok') {
    const first = finding.split('\n').slice(0, 2).join(' ');
    throw new InputError('bad-store', `store ${show(file)} is damaged: ${first}; restore a copy or start a new store`);
  }
}
