import { randomUUID } from 'node:crypto';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { InputError, show } from '../search/base/errors.js';
import { openToRead, openToWrite } from './database.js';
import { mergeTrials, type TrialCounts } from './merge-trials.js';
import { migrate } from './migrate.js';
import { migrations } from './migrations/index.js';
import { StoreReader } from './reader.js';
import { storeFileToWrite } from './store-file.js';

/** What a merge has made. */
export interface Merged extends TrialCounts {
  readonly store: string;
  /** Of the searches that both stores hold. */
  readonly hashes: readonly string[];
}

/**
 * Joins two stores of the same plan into a third, new one: each trial has at most one result, and every attempt of both keeps its place, time,
 * engine and outcome. A trial that both have finished keeps the result of the first. Trials that were running go on in the next run.
 *
 * Throws, and leaves no file, `store-busy` while a coordinator is at work on one of them, `bad-store` where the plans or the content of the
 * data differ, and `bad-value` for an output that exists.
 */
export function mergeStores(first: string, second: string, out: string): Merged {
  const target = storeFileToWrite(out);
  if (existsSync(target))
    throw new InputError('bad-value', `--out: expected a file that is not there yet, got ${show(out)}`);
  const [a, b] = [StoreReader.open(first), StoreReader.open(second)];
  const files = [a.file, b.file] as const;
  let hashes: string[];
  try {
    if (a.file === b.file) throw new InputError('bad-value', `merge: expected two stores, got ${show(first)} twice`);
    for (const reader of [a, b])
      if (reader.isBeingWritten())
        throw new InputError(
          'store-busy',
          `store: expected one that rests, got ${show(reader.file)}, on which a search runs`,
        );
    hashes = commonSearches(a, b);
  } finally {
    a.close();
    b.close();
  }
  const temporary = `${target}.${randomUUID()}.tmp`;
  try {
    copy(files[0], temporary);
    const counts = join(temporary, files[1]);
    renameSync(temporary, target);
    return { ...counts, store: target, hashes };
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** The plan hashes of both stores, which must be the same, on the same data. */
function commonSearches(a: StoreReader, b: StoreReader): string[] {
  const [ours, theirs] = [a, b].map((reader) => new Map(reader.searches().map((one) => [one.hash, one.datasetDigest])));
  const list = (hashes: Iterable<string>) =>
    [...hashes]
      .map((hash) => hash.slice(0, 12))
      .sort()
      .join(', ') || 'none';
  const [one, other] = [list(ours?.keys() ?? []), list(theirs?.keys() ?? [])];
  if (one !== other || one === 'none')
    throw new InputError(
      'bad-store',
      `merge: expected two stores of the same plan, got ${one} in ${show(a.file)} and ${other} in ${show(b.file)}`,
    );
  for (const [hash, digest] of ours ?? []) {
    const another = theirs?.get(hash) ?? null;
    if (digest === null || another === null || digest === another) continue;
    const got = `${digest.slice(0, 12)} and ${another.slice(0, 12)}`;
    throw new InputError(
      'bad-store',
      `merge: expected one content of the data for ${hash.slice(0, 12)}, got the digests ${got}`,
    );
  }
  return [...(ours?.keys() ?? [])];
}

/** A copy that holds everything that was committed, also what is still in the write-ahead log. */
function copy(from: string, to: string): void {
  const db = openToRead(from);
  try {
    db.prepare('VACUUM INTO ?').run(to);
  } finally {
    db.close();
  }
}

function join(file: string, other: string): TrialCounts {
  const db = openToWrite(file);
  try {
    db.pragma('foreign_keys = ON');
    migrate(db, migrations);
    db.prepare('ATTACH ? AS other').run(other);
    const counts = db.transaction(() => mergeTrials(db)).immediate();
    db.exec('DETACH other');
    return counts;
  } finally {
    db.close();
  }
}
