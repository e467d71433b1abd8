import path from 'node:path';
import { InputError, show } from '../search/base/errors.js';
import { configure, type Db, explained, leaveLog, openToWrite } from './file/database.js';
import { refuseNetworkFileSystem } from './file/file-system.js';
import { applicationId, checkHeader, quickCheck } from './file/header.js';
import { WriterLock } from './file/lock.js';
import { storeFileToWrite } from './file/store-file.js';
import { migrate, schemaVersion } from './migrate.js';
import { migrations } from './migrations/index.js';
import { StoreReader } from './reader.js';
import { attemptChanges } from './tables/attempts.js';
import { choiceChanges } from './tables/choices.js';
import { epochChanges } from './tables/epochs.js';
import { eventChanges } from './tables/events.js';
import { networkChanges } from './tables/networks.js';
import { resultChanges } from './tables/results.js';
import { searchChanges } from './tables/searches.js';
import { testReadChanges } from './tables/test-reads.js';
import { trialChanges, trialKey } from './tables/trials.js';

function changes(db: Db) {
  const keyOf = trialKey(db);
  return {
    ...searchChanges(db),
    ...networkChanges(db),
    ...trialChanges(db, keyOf),
    ...attemptChanges(db, keyOf),
    ...epochChanges(db, keyOf),
    ...resultChanges(db, keyOf),
    ...eventChanges(db),
    ...choiceChanges(db),
    ...testReadChanges(db, keyOf),
  };
}

/** An object with every change to every table as a method. */
const Changes = class {
  constructor(db: Db) {
    Object.assign(this, changes(db));
  }
} as new (
  db: Db,
) => ReturnType<typeof changes>;

/** The only writer of a store. Its methods are the changes of the files in `tables/`. What a method or a `transaction` has returned from is on the disk. */
export class Store extends Changes {
  /** Reads what this writer has written. */
  readonly read: StoreReader;

  private constructor(
    /** Absolute and without symbolic links, whatever path it was opened by. */
    readonly file: string,
    private readonly db: Db,
    private readonly lock: WriterLock,
    /** The older schema that was brought up to date when the store was opened; null if there was nothing to do. */
    readonly upgradedFrom: number | null,
  ) {
    super(db);
    this.read = new StoreReader(file, db);
  }

  /**
   * Opens a store for writing, and holds it until `close`; creates it, with its folder, if it does not exist.
   * Throws `bad-store` for a file that is not a database, belongs to another program, is damaged, has a newer schema, is on a network file
   * system or has two names; `bad-value` for a path that names no file; and `store-busy` while another coordinator holds it.
   */
  static open(file: string): Store {
    const real = storeFileToWrite(file);
    refuseNetworkFileSystem(path.dirname(real), file);
    const db = openToWrite(real);
    let lock: WriterLock | null = null;
    try {
      const { empty } = checkHeader(db, file, migrations);
      lock = WriterLock.take(real);
      if (lock === null) throw storeIsLocked(file);
      const before = schemaVersion(db);
      explained(file, () => {
        if (empty) db.pragma(`application_id = ${applicationId}`);
        else quickCheck(db, file);
        configure(db);
        migrate(db, migrations);
      });
      return new Store(real, db, lock, empty || schemaVersion(db) === before ? null : before);
    } catch (error) {
      db.close();
      lock?.release();
      throw error;
    }
  }

  /**
   * Runs `work` in one transaction: everything it writes is durable once this returns; if it throws, nothing is written. Throws `bad-store`
   * if the disk is full or the file turns out to be damaged.
   */
  transaction<T>(work: () => T): T {
    return explained(this.file, () => this.db.transaction(work).immediate());
  }

  /** Folds the write-ahead log back into the file and lets the next coordinator in. */
  close(): void {
    if (this.db.open) leaveLog(this.db);
    this.db.close();
    this.lock.release();
  }
}

/** What is thrown while another coordinator holds the store. */
export function storeIsLocked(file: string): InputError {
  return new InputError('store-busy', `store ${show(file)} is locked: another \`triscale run\` is using it`);
}
