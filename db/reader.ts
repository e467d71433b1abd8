import { existsSync } from 'node:fs';
import { InputError, show } from '../search/base/errors.js';
import { copyInMemory, type Db, explained, openToRead } from './file/database.js';
import { checkHeader } from './file/header.js';
import { isHeld } from './file/lock.js';
import { storeFile } from './file/store-file.js';
import { migrate, overlay, removeOverlay, schemaVersion } from './migrate.js';
import { migrations } from './migrations/index.js';
import { attemptQueries } from './tables/attempts.js';
import { choiceQueries } from './tables/choices.js';
import { epochQueries } from './tables/epochs.js';
import { eventQueries } from './tables/events.js';
import { measureQueries } from './tables/measures.js';
import { networkQueries } from './tables/networks.js';
import { resultQueries } from './tables/results.js';
import { searchQueries } from './tables/searches.js';
import { testReadQueries } from './tables/test-reads.js';
import { trialQueries } from './tables/trials.js';

function queries(db: Db) {
  return {
    ...searchQueries(db),
    ...networkQueries(db),
    ...trialQueries(db),
    ...attemptQueries(db),
    ...epochQueries(db),
    ...resultQueries(db),
    ...measureQueries(db),
    ...eventQueries(db),
    ...choiceQueries(db),
    ...testReadQueries(db),
  };
}

/** An object with every query of every table as a method. */
const Queries = class {
  constructor(db: Db, isOverlaid: boolean) {
    Object.assign(this, isOverlaid ? overlaid(db) : queries(db));
  }
} as new (
  db: Db,
  isOverlaid: boolean,
) => ReturnType<typeof queries>;

/** The queries of an older store under temporary views, which go as soon as another process has migrated the store. */
function overlaid(db: Db) {
  let isOlder = true;
  const current = <T extends unknown[], R>(query: (...args: T) => R) => {
    return (...args: T): R => {
      if (isOlder && schemaVersion(db) === migrations.length) {
        removeOverlay(db);
        isOlder = false;
      }
      return query(...args);
    };
  };
  const each = Object.entries<(...args: never[]) => unknown>(queries(db));
  return Object.fromEntries(each.map(([name, query]) => [name, current(query)]));
}

/**
 * Reads a store. Its methods are the queries of the files in `tables/`. Each reads its whole answer at once: a statement left open would keep
 * the write-ahead log from being folded back, and the file would grow.
 */
export class StoreReader extends Queries {
  constructor(
    readonly file: string,
    private readonly db: Db,
    /** Whether temporary views show an older schema as the latest. */
    isOverlaid = false,
  ) {
    super(db, isOverlaid);
  }

  /**
   * Opens a store read-only, also while a coordinator writes to it. Throws `missing-file`, `bad-value` for a path that names no file, and
   * `bad-store`, also for a store that is empty or of a schema too old to be read as it is.
   */
  static open(file: string): StoreReader {
    return openWith(file, (real, db, empty) => {
      if (!empty && overlay(db, migrations)) return new StoreReader(real, db, isOlder(db));
      const state = empty ? 'is empty' : `has schema ${schemaVersion(db)}, which is too old to be read as it is`;
      throw new InputError('bad-store', `store ${show(file)} ${state}; \`triscale run\` brings it up to date`);
    });
  }

  /**
   * Opens a store that may also be empty or of an older schema than `open` reads: it then reads a copy in memory, brought up to date, of the
   * store at this moment. The file stays as it is.
   */
  static openOlder(file: string): StoreReader {
    return openWith(file, (real, db, empty) => {
      if (!empty && overlay(db, migrations)) return new StoreReader(real, db, isOlder(db));
      const copy = copyInMemory(empty ? null : db);
      migrate(copy, migrations);
      db.close();
      return new StoreReader(real, copy);
    });
  }

  /** Whether a coordinator is at work on this store now. */
  isBeingWritten(): boolean {
    return isHeld(this.file);
  }

  /** A number that changes whenever another connection has committed: a page asks for it before it reads again. */
  dataVersion(): number {
    return this.db.pragma('data_version', { simple: true }) as number;
  }

  close(): void {
    this.db.close();
  }
}

function isOlder(db: Db): boolean {
  return schemaVersion(db) < migrations.length;
}

/** Opens a database of ours and hands it to `read`; nothing stays open if that throws. */
function openWith(file: string, read: (real: string, db: Db, empty: boolean) => StoreReader): StoreReader {
  const real = storeFile(file);
  if (!existsSync(real)) throw new InputError('missing-file', `store ${show(file)} does not exist`);
  const db = openToRead(real);
  try {
    const { empty } = checkHeader(db, file, migrations);
    return explained(file, () => read(real, db, empty));
  } catch (error) {
    db.close();
    throw error;
  }
}
