import { randomUUID } from 'node:crypto';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { InputError, show } from '../search/base/errors.js';
import { openToRead, openToWrite } from './file/database.js';
import { storeFileToWrite } from './file/store-file.js';
import { mergeTrials, type TrialCounts } from './merge-trials.js';
import { migrate } from './migrate.js';
import { migrations } from './migrations/index.js';
import { StoreReader } from './reader.js';

/** A merged store. */
export interface Merged extends TrialCounts {
  readonly store: string;
  /** Plan hashes of the searches, which both stores hold. */
  readonly hashes: readonly string[];
}

/**
 * Merges two stores of the same plan into a third, new one. Each trial has at most one result, and every attempt of both keeps its place, time,
 * engine and outcome. A trial that both have finished keeps the result of the first store. Trials that were running continue in the next run.
 *
 * Throws, and leaves no file: `store-busy` while a coordinator is using one of them, `bad-store` if their plans or the content of their
 * data differ, and `bad-value` if the output exists.
 */
export function mergeStores(first: string, second: string, out: string): Merged {
  const target = storeFileToWrite(out);
  if (existsSync(target)) throw new InputError('bad-value', `${show(out)} already exists; give another --out`);
  const [a, b] = [StoreReader.open(first), StoreReader.open(second)];
  const files = [a.file, b.file] as const;
  let hashes: string[];
  try {
    if (a.file === b.file)
      throw new InputError('bad-value', `${show(first)} is given twice; merge takes two different stores`);
    for (const reader of [a, b])
      if (reader.isBeingWritten())
        throw new InputError('store-busy', `store ${show(reader.file)} is in use; stop its search before merging`);
    hashes = commonSearches(a, b);
  } finally {
    a.close();
    b.close();
  }
  const copies = [randomUUID(), randomUUID()].map((id) => `${target}.${id}.tmp`) as [string, string];
  try {
    copyUpToDate(files[0], copies[0]);
    copyUpToDate(files[1], copies[1]);
    const counts = join(...copies);
    renameSync(copies[0], target);
    return { ...counts, store: target, hashes };
  } finally {
    for (const file of copies) rmSync(file, { force: true });
  }
}

/** The plan hashes of both stores, which must be the same, and trained on the same data. */
function commonSearches(a: StoreReader, b: StoreReader): string[] {
  const [ours, theirs] = [digestsOf(a), digestsOf(b)];
  const [one, other] = [listed(ours), listed(theirs)];
  if (one !== other || one === 'none')
    throw new InputError(
      'bad-store',
      `only stores of the same plan can be merged; ${show(a.file)} holds ${one}, ${show(b.file)} holds ${other}`,
    );
  for (const [hash, digest] of ours) {
    const otherDigest = theirs.get(hash) ?? null;
    if (digest === null || otherDigest === null || digest === otherDigest) continue;
    const digests = `${digest.slice(0, 12)} and ${otherDigest.slice(0, 12)}`;
    throw new InputError(
      'bad-store',
      `plan ${hash.slice(0, 12)} was trained on different data in the two stores (digests ${digests})`,
    );
  }
  return [...ours.keys()];
}

/** The digest of the data of each search, by plan hash. */
function digestsOf(reader: StoreReader): Map<string, string | null> {
  return new Map(reader.searches().map(({ hash, datasetDigest }) => [hash, datasetDigest]));
}

function listed(searches: ReadonlyMap<string, unknown>): string {
  const hashes = [...searches.keys()].map((hash) => hash.slice(0, 12));
  return hashes.sort().join(', ') || 'none';
}

/** Copies everything that was committed, including what is still in the write-ahead log, and migrates the copy to the latest schema. */
function copyUpToDate(from: string, to: string): void {
  const db = openToRead(from);
  try {
    db.prepare('VACUUM INTO ?').run(to);
  } finally {
    db.close();
  }
  const copy = openToWrite(to);
  try {
    migrate(copy, migrations);
  } finally {
    copy.close();
  }
}

/** Adds to the first store what the second has beyond it. */
function join(file: string, other: string): TrialCounts {
  const db = openToWrite(file);
  try {
    db.pragma('foreign_keys = ON');
    db.prepare('ATTACH ? AS other').run(other);
    const counts = db.transaction(() => mergeTrials(db)).immediate();
    db.exec('DETACH other');
    return counts;
  } finally {
    db.close();
  }
}
