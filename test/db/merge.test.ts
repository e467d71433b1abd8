import { copyFileSync, existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeStores } from '../../db/merge.js';
import { StoreReader } from '../../db/reader.js';
import { Store } from '../../db/store.js';
import { defaultRetries } from '../../search/plan/outcomes.js';
import type { Plan } from '../../search/plan/plan.js';
import type { TrialOutcome } from '../../search/plan/trial.js';
import { completedOutcome, provenance } from '../support/outcomes.js';
import { scratchFolder } from '../support/scratch.js';
import { smallPlan } from '../support/small-plan.js';

const folder = scratchFolder('merge');
const plan = smallPlan({ depths: 4 });
let files = 0;
const freshFile = (): string => path.join(folder, `${files++}.sqlite`);

/** How a trial stands in a store: its accuracy, or a word. */
type Standing = number | 'failed' | 'running' | 'queued';

interface Options {
  readonly host?: string;
  readonly digest?: string;
  readonly of?: Plan;
}

/** A store in which the plan's trials stand so. */
function storeOf(standings: readonly Standing[], { host = 'here', digest = 'd1', of = plan }: Options = {}): string {
  const store = Store.open(freshFile());
  const { id } = store.addSearch(of, null, 1);
  store.transaction(() => {
    store.fixDatasetDigest(id, digest);
    standings.forEach((standing, i) => {
      const trialId = of.trials[i]?.id as string;
      if (standing === 'queued') return;
      const attempt = begin(store, trialId, host);
      if (standing === 'running') return;
      const outcome: TrialOutcome =
        standing === 'failed'
          ? { state: 'diverged', atEpoch: 1 }
          : completedOutcome({
              validationAccuracy: standing,
              datasetDigest: digest,
              provenance: { ...provenance, host },
            });
      store.recordResult({ ...attempt, outcome }, defaultRetries, 90);
    });
  });
  store.close();
  return store.file;
}

function begin(store: Store, trialId: string, host: string) {
  const token = `${host} ${trialId}`;
  const attempt = { trialId, attempt: store.openAttempt(trialId, token, 10), token };
  store.startAttempt({ ...attempt, provenance: { ...provenance, host }, resumedAtEpoch: 0 }, 20);
  return attempt;
}

function read<T>(file: string, use: (reader: StoreReader, searchId: number) => T): T {
  const reader = StoreReader.open(file);
  try {
    return use(reader, reader.searches()[0]?.id as number);
  } finally {
    reader.close();
  }
}

/** How the plan's trials stand in a store, in their order. */
const standingsOf = (file: string): Standing[] =>
  read(file, (reader, id) =>
    reader.trials(id).map((trial) => {
      if (trial.state === 'completed') return trial.result.validationAccuracy;
      return trial.state as 'failed' | 'running' | 'queued';
    }),
  );

describe('two stores of one plan', () => {
  it('become one in which each trial has one result, its own engine and host, and every attempt is kept', () => {
    const first = storeOf([0.1, 'failed', 'queued', 0.4], { host: 'one' });
    const second = storeOf([0.9, 0.2, 0.3, 'failed'], { host: 'two' });
    const out = freshFile();
    expect(mergeStores(first, second, out)).toMatchObject({
      trials: plan.trials.length,
      fromFirst: 1,
      fromSecond: 2,
      inBoth: 1,
      differing: 1,
      hashes: [plan.hash],
    });
    expect(standingsOf(out).slice(0, 5)).toEqual([0.1, 0.2, 0.3, 0.4, 'queued']);
    read(out, (reader, id) => {
      const hosts = reader.trials(id).flatMap((trial) => (trial.state === 'completed' ? [trial.result.host] : []));
      expect(hosts).toEqual(['one', 'two', 'two', 'one']);
      const attempts = reader.attempts(id).map(({ trialId, number, host, state }) => ({
        at: plan.trials.findIndex((trial) => trial.id === trialId),
        said: `${number} ${host} ${state}`,
      }));
      expect(attempts.filter(({ at }) => at === 0).map(({ said }) => said)).toEqual([
        '1 one completed',
        '2 two completed',
      ]);
      expect(attempts.filter(({ at }) => at === 1).map(({ said }) => said)).toEqual([
        '1 one diverged',
        '2 two completed',
      ]);
      expect(reader.curve(plan.trials[1]?.id as string)).toHaveLength(2);
      expect(reader.confusion(plan.trials[2]?.id as string)).not.toBeNull();
      expect(reader.validationImages(id)).toBe(18);
    });
  });

  it('hold, whatever has become of their trials, what was furthest in either', () => {
    const standing = fc.oneof(
      fc.integer({ min: 0, max: 100 }).map((n): Standing => n / 100),
      fc.constantFrom<Standing>('failed', 'running', 'queued'),
    );
    const all = fc.array(standing, { minLength: plan.trials.length, maxLength: plan.trials.length });
    fc.assert(
      fc.property(all, all, (one, other) => {
        const out = freshFile();
        const merged = mergeStores(storeOf(one, { host: 'one' }), storeOf(other, { host: 'two' }), out);
        const expected = one.map((mine, i) => {
          const theirs = other[i] as Standing;
          if (typeof mine === 'number') return mine;
          if (typeof theirs === 'number') return theirs;
          return mine === 'failed' || theirs === 'failed' ? 'failed' : mine;
        });
        expect(standingsOf(out)).toEqual(expected);
        expect(merged.fromFirst + merged.fromSecond + merged.inBoth).toBe(
          expected.filter((each) => typeof each === 'number').length,
        );
      }),
      { numRuns: 10 },
    );
  }, 120_000);

  it('can be gone on with: what is unfinished gets an attempt after those of both', () => {
    const out = freshFile();
    mergeStores(storeOf(['running', 'queued'], { host: 'one' }), storeOf(['running', 'running'], { host: 'two' }), out);
    const store = Store.open(out);
    const id = store.read.searches()[0]?.id as number;
    const trialId = plan.trials[0]?.id as string;
    const number = store.openAttempt(trialId, 'next', 100);
    expect(number).toBe(3);
    store.recordResult({ trialId, attempt: number, token: 'next', outcome: completedOutcome() }, defaultRetries, 110);
    expect(store.read.trials(id)[0]).toMatchObject({ state: 'completed', attempts: 3 });
    store.close();
  });

  it('of which one is a later copy of the other become the later one', () => {
    const early = storeOf([0.1, 'running', 'queued'], { host: 'one' });
    const late = freshFile();
    copyFileSync(early, late);
    const store = Store.open(late);
    const trialId = plan.trials[1]?.id as string;
    const token = `one ${trialId}`;
    store.recordResult(
      { trialId, attempt: 1, token, outcome: completedOutcome({ validationAccuracy: 0.2 }) },
      defaultRetries,
      90,
    );
    store.close();
    for (const [first, second] of [
      [early, late],
      [late, early],
    ] as const) {
      const out = freshFile();
      expect(mergeStores(first, second, out).differing).toBe(0);
      expect(standingsOf(out).slice(0, 3)).toEqual([0.1, 0.2, 'queued']);
      read(out, (reader, id) => expect(reader.attempts(id)).toHaveLength(2));
    }
  });

  it('keep every reading of the test split, and get an identity of their own', () => {
    const stores = [storeOf([0.1]), storeOf([0.1])] as const;
    stores.forEach((file, i) => {
      const store = Store.open(file);
      store.recordTest(store.openTestSplit(1, plan.trials[0]?.id as string, 1000 + i), 24, 0.5);
      store.close();
    });
    const out = freshFile();
    mergeStores(...stores, out);
    read(out, (reader, id) => {
      expect(reader.testReads(id).map(({ atMs }) => atMs)).toEqual([1000, 1001]);
      const identities = [reader.identity(), ...stores.map((file) => read(file, (other) => other.identity()))];
      expect(new Set(identities).size).toBe(3);
    });
  });
});

describe('choices made by hand in two stores', () => {
  it('are kept in the order of their times, so that the later one counts', () => {
    const [early, late] = [storeOf([0.1, 0.2]), storeOf([0.1, 0.2])];
    const [one, two] = plan.trials.slice(0, 2).map(({ networkId }) => networkId) as [string, string];
    for (const [file, networkId, atMs] of [
      [early, one, 1000],
      [late, two, 2000],
    ] as const) {
      const store = Store.open(file);
      store.chooseByHand({ searchId: 1, networkId, note: 'mine' }, atMs);
      store.close();
    }
    for (const [first, second] of [
      [early, late],
      [late, early],
    ] as const) {
      const out = freshFile();
      mergeStores(first, second, out);
      read(out, (reader, id) => expect(reader.handChoice(id)).toMatchObject({ networkId: two, atMs: 2000 }));
    }
  });
});

describe('two stores are not joined, and nothing is written,', () => {
  const refused = (first: string, second: string, out = freshFile()) => {
    const before = readdirSync(folder);
    let message = '';
    try {
      mergeStores(first, second, out);
    } catch (error) {
      message = `${(error as { code: string }).code} ${(error as Error).message}`;
    }
    expect(readdirSync(folder)).toEqual(before);
    return message;
  };

  it('when their plans differ', () => {
    const other = smallPlan({ depths: 3 });
    expect(refused(storeOf([0.1]), storeOf([0.1], { of: other }))).toMatch(
      /^bad-store only stores of the same plan can be merged; .* holds [0-9a-f]{12}, .* holds [0-9a-f]{12}$/,
    );
  });

  it('when the content of their data differs', () => {
    expect(refused(storeOf([0.1]), storeOf([0.2], { digest: 'd2' }))).toContain('(digests d1 and d2)');
  });

  it('when one is named twice, one is missing, or the output is there', () => {
    const file = storeOf([0.1]);
    expect(refused(file, file)).toContain('is given twice');
    expect(refused(file, freshFile())).toMatch(/^missing-file/);
    expect(refused(file, storeOf([0.2]), file)).toContain('already exists; give another --out');
    expect(existsSync(file)).toBe(true);
  });

  it('when a search runs on one of them', () => {
    const [file, other] = [storeOf([0.1]), storeOf([0.2])];
    const held = Store.open(other);
    expect(refused(file, other)).toMatch(/^store-busy .* is in use; stop its search before merging$/);
    held.close();
  });
});
