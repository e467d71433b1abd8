import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqlite } from '../../db/file/open-sqlite.js';
import { Store } from '../../db/store.js';
import type { ReportedResult } from '../../db/tables/results.js';
import { defaultRetries } from '../../search/plan/outcomes.js';
import type { TrialOutcome } from '../../search/plan/trial.js';
import { completedOutcome, epochMetrics, provenance } from '../support/outcomes.js';
import { scratchFolder } from '../support/scratch.js';
import { smallPlan } from '../support/small-plan.js';

const folder = scratchFolder('store-results');
let files = 0;
let store: Store;
let searchId: number;
let trialId: string;
const plan = smallPlan();
beforeEach(() => {
  store = Store.open(path.join(folder, `${files++}.sqlite`));
  searchId = store.addSearch(plan, null, 1).id;
  trialId = plan.trials[0]!.id;
});
afterEach(() => store.close());

const record = (result: ReportedResult) => store.transaction(() => store.recordResult(result, defaultRetries, 99));
const report = (attempt: number, token: string, outcome: TrialOutcome) => record({ trialId, attempt, token, outcome });
const trial = () => store.read.trials(searchId)[0]!;
const kinds = () => store.read.events(0, 1000).map(({ kind }) => kind);

/** Runs SQL past the store's methods, as a bug or a curious user might. */
function meddle(sql: string): void {
  const db = openSqlite(store.file);
  try {
    db.exec(sql);
  } finally {
    db.close();
  }
}

describe('a result of 10,000 classes', () => {
  it('is kept by its cells, and gives the images of the validation split but no matrix', () => {
    store.openAttempt(trialId, 'mine', 1);
    const confusionCells = {
      classes: 10_000,
      cells: [
        [0, 0, 3],
        [9999, 1, 2],
      ] as [number, number, number][],
    };
    report(1, 'mine', { ...completedOutcome(), confusion: [], confusionCells });
    expect(trial().state).toBe('completed');
    expect(store.read.confusion(trialId)).toBeNull();
    expect(store.read.validationImages(searchId)).toBe(5);
  });
});

describe('results that do not count', () => {
  it('of a trial that is not in the store: noted, nothing changes', () => {
    expect(record({ trialId: 'nobody', attempt: 1, token: 'x', outcome: completedOutcome() })).toEqual({
      verdict: 'unknown',
    });
    expect(kinds()).toEqual(['unknown-result']);
    expect(store.read.trials(searchId).every(({ state }) => state === 'queued')).toBe(true);
  });

  it('of an attempt that was never made', () => {
    expect(report(1, 'x', completedOutcome())).toEqual({ verdict: 'late' });
    expect(trial().state).toBe('queued');
  });

  it('with the token of another trial', () => {
    store.openAttempt(trialId, 'mine', 1);
    expect(record({ trialId: plan.trials[1]!.id, attempt: 1, token: 'mine', outcome: completedOutcome() })).toEqual({
      verdict: 'late',
    });
    expect(store.read.trials(searchId).map(({ state }) => state)).not.toContain('completed');
  });

  it('with a replaced token: late, whatever the outcome', () => {
    store.openAttempt(trialId, 'old', 1);
    store.openAttempt(trialId, 'new', 2);
    expect(report(1, 'old', completedOutcome())).toEqual({ verdict: 'late' });
    expect(report(1, 'old', { state: 'crashed', message: 'x' })).toEqual({ verdict: 'late' });
    expect(trial()).toMatchObject({ state: 'queued', attempts: 1 });
    expect(report(1, 'new', completedOutcome())).toMatchObject({ verdict: 'counted', state: 'completed' });
    expect(kinds()).toEqual(['late-result', 'late-result']);
  });

  /** An attempt that ran when its coordinator was stopped. */
  const interrupt = (): void => {
    store.openAttempt(trialId, 'old', 1);
    store.startAttempt({ trialId, attempt: 1, token: 'old', provenance, resumedAtEpoch: 0 }, 2);
    expect(store.interruptAttempts(searchId, 3)).toBe(1);
    expect(trial().state).toBe('queued');
  };

  it('of an attempt that was interrupted, once another has replaced it: late', () => {
    interrupt();
    expect(store.openAttempt(trialId, 'new', 4)).toBe(2);
    expect(report(1, 'old', completedOutcome())).toEqual({ verdict: 'late' });
    expect(report(2, 'new', completedOutcome())).toMatchObject({ verdict: 'counted' });
  });

  it('of an attempt that was interrupted, when it did not complete or the trial is cancelled: late', () => {
    interrupt();
    expect(report(1, 'old', { state: 'crashed', message: 'x' })).toEqual({ verdict: 'late' });
    expect(report(1, 'other', completedOutcome())).toEqual({ verdict: 'late' });
    expect(store.cancelQueued(trialId, 4)).toBe(true);
    expect(report(1, 'old', completedOutcome())).toEqual({ verdict: 'late' });
    expect(store.reopenAttempt(trialId)).toBeNull();
  });

  it('unlike one that was interrupted and that nobody has replaced', () => {
    interrupt();
    expect(report(1, 'old', completedOutcome())).toMatchObject({ verdict: 'counted', state: 'completed' });
    expect(report(1, 'old', completedOutcome())).toEqual({ verdict: 'duplicate' });
    expect(trial()).toMatchObject({ state: 'completed', attempts: 1 });
    expect(store.reopenAttempt(trialId)).toBeNull();
  });

  it('unlike one that was interrupted and is opened again', () => {
    expect(store.reopenAttempt(trialId)).toBeNull();
    interrupt();
    expect(store.reopenAttempt(trialId)).toEqual({ number: 1, token: 'old', state: 'running' });
    expect(trial().state).toBe('running');
    expect(report(1, 'old', { state: 'crashed', message: 'x' })).toMatchObject({ verdict: 'counted', state: 'queued' });
  });

  it('delivered again: a duplicate, and the first one stays', () => {
    store.openAttempt(trialId, 'a', 1);
    report(1, 'a', completedOutcome({ validationAccuracy: 0.75 }));
    expect(report(1, 'a', completedOutcome({ validationAccuracy: 0.99 }))).toEqual({ verdict: 'duplicate' });
    expect(trial()).toMatchObject({ state: 'completed', result: { validationAccuracy: 0.75 } });
    expect(kinds()).toEqual(['duplicate-result']);
  });
});

describe('a finished trial is final', () => {
  beforeEach(() => {
    store.openAttempt(trialId, 'a', 1);
    report(1, 'a', completedOutcome());
  });

  it('it gets no further attempt', () => {
    expect(() => store.openAttempt(trialId, 'b', 2)).toThrow('a completed trial is final');
    expect(trial()).toMatchObject({ state: 'completed', attempts: 1 });
  });

  it.each([
    ['UPDATE results SET validation_accuracy = 1', 'a result is final'],
    ['DELETE FROM results', 'a result is final'],
    ["UPDATE trials SET state = 'queued'", 'a completed trial is final'],
    ["UPDATE trials SET state = 'completed'", 'a completed trial has a result'],
    ['INSERT INTO results SELECT * FROM results', 'UNIQUE'],
  ])('the schema itself refuses %s', (sql, reason) => {
    expect(() => meddle(sql)).toThrow(reason);
    expect(trial()).toMatchObject({ state: 'completed', result: { validationAccuracy: 0.75 } });
  });
});

describe('NaN is a state, not a number', () => {
  it.each([
    ['accuracy', { validationAccuracy: Number.NaN }],
    ['loss', { validationLoss: Number.NaN }],
    ['loss of infinity', { validationLoss: Number.POSITIVE_INFINITY }],
    ['loss in an epoch', { epochs: [epochMetrics(1), epochMetrics(2, { validationLoss: Number.NaN })] }],
  ])('a completed training with a NaN %s has diverged', (_, fields) => {
    store.openAttempt(trialId, 'a', 1);
    expect(report(1, 'a', completedOutcome(fields))).toMatchObject({
      outcome: { state: 'diverged', atEpoch: 2 },
      state: 'failed',
    });
    expect(trial()).toMatchObject({ state: 'failed', outcome: 'diverged', message: 'diverged at epoch 2' });
  });

  it('an epoch with NaN has none of those numbers', () => {
    store.openAttempt(trialId, 'a', 1);
    const lost = { trainLoss: Number.NaN, validationLoss: Number.NEGATIVE_INFINITY, validationAccuracy: Number.NaN };
    expect(store.recordEpoch({ trialId, attempt: 1, token: 'a', metrics: epochMetrics(1, lost) })).toBe(true);
    expect(store.read.curve(trialId)[0]).toMatchObject({
      epoch: 1,
      trainLoss: null,
      validationLoss: null,
      validationAccuracy: null,
    });
  });

  it('the schema refuses an accuracy that is none', () => {
    store.openAttempt(trialId, 'a', 1);
    for (const value of ['NULL', '1.5', "'NaN'"]) {
      expect(() => meddle(`INSERT INTO results VALUES (1, 1, ${value}, 1, 1, 1, 1, 'd')`)).toThrow(
        /NOT NULL|CHECK|REAL/,
      );
    }
  });
});

describe('the life of a trial', () => {
  it('queued, running, curve, completed, with all that was measured', () => {
    expect(store.openAttempt(trialId, 'a', 10)).toBe(1);
    expect(store.startAttempt({ trialId, attempt: 1, token: 'a', provenance, resumedAtEpoch: 0 }, 11)).toBe(true);
    expect(trial()).toMatchObject({
      state: 'running',
      epoch: 0,
      validationAccuracy: null,
      host: 'here',
      startedMs: 11,
    });
    store.recordEpoch({ trialId, attempt: 1, token: 'a', metrics: epochMetrics(1) });
    expect(trial()).toMatchObject({ state: 'running', epoch: 1, validationAccuracy: 0.5 });
    report(1, 'a', completedOutcome());
    expect(trial()).toEqual({
      id: trialId,
      networkId: plan.trials[0]!.networkId,
      replicate: 0,
      seed: plan.trials[0]!.seed,
      attempts: 1,
      state: 'completed',
      result: {
        validationAccuracy: 0.75,
        validationLoss: 0.55,
        trainableParams: 1234,
        peakBytes: 1e7,
        wallMs: 25,
        imagesPerSecond: 800,
        datasetDigest: 'd1',
        host: 'here',
        engine: 'wasm',
        engineVersion: '4.22.0',
        device: 'a processor',
      },
    });
    expect(store.read.curve(trialId)).toEqual([epochMetrics(1), epochMetrics(2)]);
    expect(store.read.curves(searchId)).toEqual(new Map([[trialId, [epochMetrics(1), epochMetrics(2)]]]));
    const { networkId } = plan.trials[0]!;
    expect(store.read.standings(searchId)[0]).toEqual({
      id: trialId,
      networkId,
      state: 'completed',
      validationAccuracy: 0.75,
    });
    expect(store.read.standings(searchId)[1]).toMatchObject({ state: 'queued', validationAccuracy: null });
    expect(store.read.confusion(trialId)).toEqual(completedOutcome().confusion);
    expect(store.read.attempts(searchId)).toMatchObject([
      { trialId, number: 1, state: 'completed', queuedMs: 10, startedMs: 11, endedMs: 99 },
    ]);
    expect(store.read.evidence(searchId)[0]).toEqual({
      networkId: plan.trials[0]!.networkId,
      replicate: 0,
      state: 'completed',
      accuracy: 0.75,
      curve: [0.5, 0.75],
    });
  });

  it('what a replaced attempt still says is not heard', () => {
    store.openAttempt(trialId, 'old', 1);
    store.startAttempt({ trialId, attempt: 1, token: 'old', provenance, resumedAtEpoch: 0 }, 2);
    expect(store.openAttempt(trialId, 'new', 3)).toBe(2);
    expect(store.startAttempt({ trialId, attempt: 1, token: 'old', provenance, resumedAtEpoch: 0 }, 4)).toBe(false);
    expect(store.recordEpoch({ trialId, attempt: 1, token: 'old', metrics: epochMetrics(1) })).toBe(false);
    expect(store.recordEpoch({ trialId: plan.trials[1]!.id, attempt: 2, token: 'new', metrics: epochMetrics(1) })).toBe(
      false,
    );
    expect(trial()).toMatchObject({ state: 'queued', attempts: 2 });
    expect(store.read.curve(trialId)).toEqual([]);
  });

  it('is tried again as the table says, and each kind of failure has its own count', () => {
    const failures: [TrialOutcome, string][] = [
      [{ state: 'lost', message: 'gone' }, 'queued'],
      [{ state: 'crashed', message: 'boom' }, 'queued'],
      [{ state: 'lost', message: 'gone' }, 'queued'],
      [{ state: 'lost', message: 'gone' }, 'queued'],
      [{ state: 'lost', message: 'gone again' }, 'failed'],
    ];
    failures.forEach(([outcome, state], i) => {
      const attempt = store.openAttempt(trialId, `t${i}`, i);
      expect(attempt).toBe(i + 1);
      expect(report(attempt, `t${i}`, outcome)).toMatchObject({ verdict: 'counted', state });
    });
    expect(trial()).toMatchObject({ state: 'failed', outcome: 'lost', message: 'lost: gone again', attempts: 5 });
    expect(store.read.unfinished(searchId).map(({ id }) => id)).not.toContain(trialId);
    expect(store.read.evidence(searchId)[0]).toMatchObject({ state: 'failed', what: 'lost: gone again' });
  });

  it('epochs past the checkpoint that an attempt resumes from go, and only then', () => {
    const begin = (attempt: number, token: string, resumedAtEpoch: number, pid: number) =>
      store.startAttempt({ trialId, attempt, token, provenance: { ...provenance, pid }, resumedAtEpoch }, attempt);
    const epochs = () => store.read.curve(trialId).map(({ epoch }) => epoch);
    const record = (attempt: number, token: string, epoch: number) =>
      store.recordEpoch({ trialId, attempt, token, metrics: epochMetrics(epoch) });
    store.openAttempt(trialId, 'a', 1);
    begin(1, 'a', 0, 7);
    for (const epoch of [1, 2, 3]) record(1, 'a', epoch);
    // The start of an attempt may be delivered again, late.
    expect(begin(1, 'a', 0, 7)).toBe(true);
    expect(epochs()).toEqual([1, 2, 3]);
    store.openAttempt(trialId, 'b', 2);
    expect(begin(1, 'a', 0, 8)).toBe(false);
    expect(epochs()).toEqual([1, 2, 3]);
    expect(begin(2, 'b', 2, 9)).toBe(true);
    expect(epochs()).toEqual([1, 2]);
    record(2, 'b', 3);
    // The same attempt, given once more to another process, which found no checkpoint.
    expect(begin(2, 'b', 0, 10)).toBe(true);
    expect(epochs()).toEqual([]);
  });

  it('interruptions cost no retry', () => {
    for (let i = 0; i < 10; i++) {
      store.openAttempt(trialId, `t${i}`, i);
      store.startAttempt({ trialId, attempt: i + 1, token: `t${i}`, provenance, resumedAtEpoch: i }, i);
    }
    expect(store.read.attempts(searchId).map(({ state }) => state)).toEqual([
      ...new Array(9).fill('interrupted'),
      'running',
    ]);
    expect(report(10, 't9', { state: 'crashed', message: 'once' })).toMatchObject({ state: 'queued' });
  });

  it('a message of a megabyte is cut', () => {
    store.openAttempt(trialId, 'a', 1);
    report(1, 'a', { state: 'oom', message: 'x'.repeat(1e6) });
    expect((trial() as { message: string }).message).toHaveLength(4000);
  });
});

it('exactly one result per trial: every result delivered three times, in any order, also after its attempt was replaced', () => {
  let seed = 100;
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
      fc.infiniteStream(fc.nat()),
      (replaced, order) => {
        const own = smallPlan({ seed: seed++ });
        const { id } = store.addSearch(own, null, 1);
        const seen = store.read.events(0, 1e6).length;
        const results = store.transaction(() =>
          own.trials.flatMap((planned, i) => attemptsAt(planned.id, `${seed} ${i}`, i / 10, replaced[i] === true)),
        );
        const deliveries = [...results, ...results, ...results]
          .map((result) => ({ result, at: order.next().value as number }))
          .sort((a, b) => a.at - b.at);
        const verdicts = store.transaction(() =>
          deliveries.map(({ result }) => store.recordResult(result, defaultRetries, 5).verdict),
        );
        expect(verdicts.filter((verdict) => verdict === 'counted')).toHaveLength(own.trials.length);
        const accuracies = store.read.trials(id).map((t) => t.state === 'completed' && t.result.validationAccuracy);
        expect(accuracies).toEqual(own.trials.map((_, i) => i / 10));
        expect(store.read.events(0, 1e6).length - seen).toBe(deliveries.length - own.trials.length);
      },
    ),
    { numRuns: 60 },
  );

  /** The results of a trial's attempt or, when that was replaced in mid-training, of the late one and of its successor. */
  function attemptsAt(id: string, token: string, accuracy: number, replaced: boolean): ReportedResult[] {
    const first = store.openAttempt(id, `${token} 1`, 1);
    store.startAttempt({ trialId, attempt: 1, token: `${token} 1`, provenance, resumedAtEpoch: 0 }, 1);
    const outcome = completedOutcome({ validationAccuracy: accuracy });
    const result = { trialId: id, attempt: first, token: `${token} 1`, outcome };
    if (!replaced) return [result];
    const second = store.openAttempt(id, `${token} 2`, 2);
    const late = { ...result, outcome: completedOutcome({ validationAccuracy: 0.9 }) };
    return [late, { ...result, attempt: second, token: `${token} 2` }];
  }
});
