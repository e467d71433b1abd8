import path from 'node:path';
import { InputError, show } from '../search/base/errors.js';
import { configure, type Db, explained, leaveLog, openToWrite } from './database.js';
import { refuseNetworkFileSystem } from './file-system.js';
import { WriterLock } from './lock.js';
import { migrate, schemaVersion } from './migrate.js';
import { migrations } from './migrations/index.js';
import { StoreReader } from './reader.js';
import { applicationId, checkHeader, quickCheck } from './schema.js';
import { storeFileToWrite } from './store-file.js';
import { addEvent } from './write/add-event.js';
import { addSearch } from './write/add-search.js';
import { addTrials } from './write/add-trials.js';
import { cancelQueued } from './write/cancel-queued.js';
import { chooseByHand } from './write/choose-by-hand.js';
import { fixDatasetDigest } from './write/fix-dataset-digest.js';
import { interruptAttempts } from './write/interrupt-attempts.js';
import { openAttempt } from './write/open-attempt.js';
import { recordEpoch } from './write/record-epoch.js';
import { recordResult } from './write/record-result.js';
import { reopenAttempt } from './write/reopen-attempt.js';
import { requeue } from './write/requeue.js';
import { startAttempt } from './write/start-attempt.js';
import { openTestSplit, recordTest } from './write/test-reads.js';
import { trialKey } from './write/trial-key.js';

/** The one writer of a store. Whatever a method or a `transaction` has returned from is on the disk. */
export class Store {
  readonly addSearch: ReturnType<typeof addSearch>;
  readonly addTrials: ReturnType<typeof addTrials>;
  readonly openAttempt: ReturnType<typeof openAttempt>;
  readonly reopenAttempt: ReturnType<typeof reopenAttempt>;
  readonly startAttempt: ReturnType<typeof startAttempt>;
  readonly recordEpoch: ReturnType<typeof recordEpoch>;
  readonly recordResult: ReturnType<typeof recordResult>;
  readonly interruptAttempts: ReturnType<typeof interruptAttempts>;
  readonly fixDatasetDigest: ReturnType<typeof fixDatasetDigest>;
  readonly addEvent: ReturnType<typeof addEvent>;
  readonly cancelQueued: ReturnType<typeof cancelQueued>;
  readonly requeue: ReturnType<typeof requeue>;
  readonly openTestSplit: ReturnType<typeof openTestSplit>;
  readonly recordTest: ReturnType<typeof recordTest>;
  readonly chooseByHand: ReturnType<typeof chooseByHand>;
  /** Reads what this writer has written. */
  readonly read: StoreReader;

  private constructor(
    /** Absolute and without symbolic links, whatever it was opened by. */
    readonly file: string,
    private readonly db: Db,
    private readonly lock: WriterLock,
    /** The older schema that an older program had left and that opening has brought up to date; null where there was nothing to do. */
    readonly upgradedFrom: number | null,
  ) {
    const keyOf = trialKey(db);
    this.addSearch = addSearch(db);
    this.addTrials = addTrials(db);
    this.openAttempt = openAttempt(db, keyOf);
    this.reopenAttempt = reopenAttempt(db, keyOf);
    this.startAttempt = startAttempt(db, keyOf);
    this.recordEpoch = recordEpoch(db, keyOf);
    this.recordResult = recordResult(db, keyOf);
    this.interruptAttempts = interruptAttempts(db);
    this.fixDatasetDigest = fixDatasetDigest(db);
    this.addEvent = addEvent(db);
    this.cancelQueued = cancelQueued(db);
    this.requeue = requeue(db);
    this.openTestSplit = openTestSplit(db, keyOf);
    this.recordTest = recordTest(db);
    this.chooseByHand = chooseByHand(db);
    this.read = new StoreReader(file, db);
  }

  /**
   * Opens a store to write to it, and holds it until `close`; creates it, with its folder, when it does not exist.
   * Throws `bad-store` for a file that is no database, is another program's, damaged, of a newer schema, on a network file system or
   * known by two names, `bad-value` for a path that names no file, and `store-busy` when another coordinator holds it.
   */
  static open(file: string): Store {
    const real = storeFileToWrite(file);
    refuseNetworkFileSystem(path.dirname(real), file);
    const db = openToWrite(real);
    let lock: WriterLock | null = null;
    try {
      const { empty } = checkHeader(db, file, migrations);
      lock = WriterLock.take(real);
      if (lock === null)
        throw new InputError(
          'store-busy',
          `store: expected one coordinator at a time, got a second one for ${show(file)}`,
        );
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
   * Runs `work` in one transaction: everything it writes is durable when this returns, or nothing is when it throws. Throws `bad-store`
   * when the disk is full or the file turns out to be damaged.
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
