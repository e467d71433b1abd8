import { existsSync } from 'node:fs';
import { InputError, show } from '../search/base/errors.js';
import { copyInMemory, type Db, explained, openToRead } from './database.js';
import { isHeld } from './lock.js';
import { migrate, schemaVersion } from './migrate.js';
import { migrations, oldestReadable } from './migrations/index.js';
import { readAttempts } from './read/attempts.js';
import { readConfusion } from './read/confusion.js';
import { readCurve, readCurves } from './read/curves.js';
import { readDatasetDigest } from './read/dataset-digest.js';
import { readEvents } from './read/events.js';
import { readEvidence } from './read/evidence.js';
import { readExtensions } from './read/extensions.js';
import { readFailedAttempts } from './read/failed-attempts.js';
import { readHandChoice } from './read/hand-choice.js';
import { readIdentity } from './read/identity.js';
import { readLatestEvents } from './read/latest-events.js';
import { readMistakes } from './read/mistakes.js';
import { readPlan } from './read/plan.js';
import { readSearches } from './read/searches.js';
import { readStandings } from './read/standings.js';
import { readTestReads } from './read/test-reads.js';
import { readTrials } from './read/trials.js';
import { readUnfinished } from './read/unfinished.js';
import { readValidationImages } from './read/validation-images.js';
import { checkHeader } from './schema.js';
import { storeFile } from './store-file.js';

/**
 * What can be asked of a store. Every method reads all of its answer at once: a statement left open would keep the write-ahead log
 * from being folded back, and the file would grow.
 */
export class StoreReader {
  readonly searches: ReturnType<typeof readSearches>;
  readonly plan: ReturnType<typeof readPlan>;
  readonly trials: ReturnType<typeof readTrials>;
  readonly standings: ReturnType<typeof readStandings>;
  readonly unfinished: ReturnType<typeof readUnfinished>;
  readonly evidence: ReturnType<typeof readEvidence>;
  readonly curve: ReturnType<typeof readCurve>;
  readonly curves: ReturnType<typeof readCurves>;
  readonly attempts: ReturnType<typeof readAttempts>;
  readonly failedAttempts: ReturnType<typeof readFailedAttempts>;
  readonly confusion: ReturnType<typeof readConfusion>;
  readonly mistakes: ReturnType<typeof readMistakes>;
  readonly handChoice: ReturnType<typeof readHandChoice>;
  readonly validationImages: ReturnType<typeof readValidationImages>;
  readonly testReads: ReturnType<typeof readTestReads>;
  readonly events: ReturnType<typeof readEvents>;
  readonly extensions: ReturnType<typeof readExtensions>;
  readonly latestEvents: ReturnType<typeof readLatestEvents>;
  readonly identity: ReturnType<typeof readIdentity>;
  readonly datasetDigest: ReturnType<typeof readDatasetDigest>;

  constructor(
    readonly file: string,
    private readonly db: Db,
  ) {
    this.searches = readSearches(db);
    this.plan = readPlan(db);
    this.trials = readTrials(db);
    this.standings = readStandings(db);
    this.unfinished = readUnfinished(db);
    this.evidence = readEvidence(db);
    this.curve = readCurve(db);
    this.curves = readCurves(db);
    this.attempts = readAttempts(db);
    this.failedAttempts = readFailedAttempts(db);
    this.confusion = readConfusion(db);
    this.mistakes = readMistakes(db);
    this.handChoice = readHandChoice(db);
    this.validationImages = readValidationImages(db);
    this.testReads = readTestReads(db);
    this.events = readEvents(db);
    this.extensions = readExtensions(db);
    this.latestEvents = readLatestEvents(db);
    this.identity = readIdentity(db);
    this.datasetDigest = readDatasetDigest(db);
  }

  /** Opens a store read-only, also while a coordinator writes to it. Throws `missing-file`, `bad-store` or `bad-value`. */
  static open(file: string): StoreReader {
    return openWith(file, (db, empty) => {
      const version = schemaVersion(db);
      if (!empty && version >= oldestReadable) return db;
      const got = empty ? 'an empty file' : `schema ${version}`;
      throw new InputError(
        'bad-store',
        `store: expected schema ${oldestReadable} or newer, got ${got} in ${show(file)}; \`triscale run\` brings it up to date`,
      );
    });
  }

  /**
   * The same for a store that may also be empty or of an older schema than `open` reads: what is read is then a copy in memory that is
   * brought up to date, as the store was when it was opened. The file stays as it is.
   */
  static openOlder(file: string): StoreReader {
    return openWith(file, (db, empty) => (empty || schemaVersion(db) < oldestReadable ? upToDateCopy(db, empty) : db));
  }

  /** Whether a coordinator is at work on this store now. */
  isBeingWritten(): boolean {
    return isHeld(this.file);
  }

  /** Changes whenever another connection has committed: what a page asks before it reads again. */
  dataVersion(): number {
    return this.db.pragma('data_version', { simple: true }) as number;
  }

  close(): void {
    this.db.close();
  }
}

/** Opens what `readable` makes of a database of ours, or throws why it cannot be read; nothing stays open then. */
function openWith(file: string, readable: (db: Db, empty: boolean) => Db): StoreReader {
  const real = storeFile(file);
  if (!existsSync(real)) throw new InputError('missing-file', `store: expected an existing file, got ${show(file)}`);
  const db = openToRead(real);
  try {
    const { empty } = checkHeader(db, file, migrations);
    const read = explained(file, () => readable(db, empty));
    if (read !== db) db.close();
    return new StoreReader(real, read);
  } catch (error) {
    db.close();
    throw error;
  }
}

function upToDateCopy(db: Db, empty: boolean): Db {
  const copy = copyInMemory(empty ? null : db);
  migrate(copy, migrations);
  return copy;
}
