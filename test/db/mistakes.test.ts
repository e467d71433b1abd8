import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { mergeStores } from '../../db/merge.js';
import { StoreReader } from '../../db/reader.js';
import { Store } from '../../db/store.js';
import { defaultRetries } from '../../search/plan/outcomes.js';
import { writeOlderStore } from '../support/older-store.js';
import { completedOutcome } from '../support/outcomes.js';
import { scratchFolder } from '../support/scratch.js';
import { smallPlan } from '../support/small-plan.js';

const folder = scratchFolder('mistakes');
const plan = smallPlan();
const [first, second, third] = plan.trials.map(({ id }) => id) as [string, string, string];
const sample = [
  { image: 700, truth: 11, predicted: 0, probability: 0.9876 },
  { image: 3, truth: 0, predicted: 11, probability: 0.5 },
];

/** A store in which a trial is finished with a sample of its mistakes. */
function storeOf(name: string, trialId: string, mistakes: typeof sample | undefined = sample): string {
  const store = Store.open(path.join(folder, name));
  const { id } = store.addSearch(plan, null, 1);
  store.transaction(() => {
    const attempt = store.openAttempt(trialId, name, 2);
    const outcome = completedOutcome({ mistakes });
    store.recordResult({ trialId, attempt, token: name, outcome }, defaultRetries, 3);
    store.fixDatasetDigest(id, outcome.datasetDigest);
  });
  store.close();
  return store.file;
}

function mistakesIn(file: string, trialId: string) {
  const reader = StoreReader.open(file);
  try {
    return reader.mistakes(trialId);
  } finally {
    reader.close();
  }
}

/** Takes a store back to the schema before there was a table of mistakes. */
function makeOld(file: string): void {
  copyFileSync(file, `${file}.new`);
  writeOlderStore(`${file}.new`, file, 4);
}

describe('the mistakes of a trial', () => {
  it('come back as they were recorded, with the digest of the data that they lie in', () => {
    const file = storeOf('round.sqlite', first);
    expect(mistakesIn(file, first)).toEqual({ datasetDigest: 'd1', images: sample });
    expect(mistakesIn(file, second)).toBeNull();
    expect(mistakesIn(file, 'nobody')).toBeNull();
  });

  it('may be none, which is something else than not being known', () => {
    expect(mistakesIn(storeOf('none.sqlite', first, []), first)?.images).toEqual([]);
    const file = storeOf('unknown.sqlite', first);
    const store = Store.open(file);
    const attempt = store.openAttempt(second, 'x', 2);
    const { mistakes: _none, ...outcome } = completedOutcome();
    store.recordResult({ trialId: second, attempt, token: 'x', outcome }, defaultRetries, 3);
    store.close();
    expect(mistakesIn(file, second)).toBeNull();
  });

  it('are none in a store of the schema before, which is read as it is and brought up to date by a writer', () => {
    const file = storeOf('old.sqlite', first);
    makeOld(file);
    const reader = StoreReader.open(file);
    expect(reader.mistakes(first)).toBeNull();
    expect(reader.trials(1)[0]?.state).toBe('completed');
    const store = Store.open(file);
    const attempt = store.openAttempt(second, 'new', 4);
    const outcome = completedOutcome({ mistakes: sample });
    store.recordResult({ trialId: second, attempt, token: 'new', outcome }, defaultRetries, 5);
    // The reader that was open all the while sees what has come since.
    expect(reader.mistakes(second)?.images).toEqual(sample);
    expect(reader.mistakes(first)).toBeNull();
    reader.close();
    store.close();
  });

  it('go with their results into a merged store, also where one of the two has the schema before', () => {
    const [one, other] = [storeOf('one.sqlite', first), storeOf('other.sqlite', second)];
    const merged = mergeStores(one, other, path.join(folder, 'merged.sqlite')).store;
    expect([first, second, third].map((id) => mistakesIn(merged, id)?.images ?? null)).toEqual([sample, sample, null]);
    makeOld(other);
    const withOld = mergeStores(one, other, path.join(folder, 'with-old.sqlite')).store;
    expect([first, second].map((id) => mistakesIn(withOld, id)?.images ?? null)).toEqual([sample, null]);
    const fromOld = mergeStores(other, one, path.join(folder, 'from-old.sqlite')).store;
    expect([first, second].map((id) => mistakesIn(fromOld, id)?.images ?? null)).toEqual([sample, null]);
  });
});
