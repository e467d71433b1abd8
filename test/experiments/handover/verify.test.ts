import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { StoreReader } from '../../../db/reader.js';
import { coefficientsExport } from '../../../experiments/handover/coefficients.js';
import { readSearchEvidence } from '../../../experiments/handover/evidence.js';
import { verifyExport } from '../../../experiments/handover/verify.js';
import { scratchFolder } from '../../support/scratch.js';
import { fillSimulatedStore } from '../../support/simulated-store.js';

const store = path.join(scratchFolder('verify'), 'small.sqlite');
type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
let exported: string;

beforeAll(() => {
  fillSimulatedStore(store);
  exported = withReader((reader) => {
    const [summary] = reader.searches();
    if (!summary) throw new Error('no search');
    return JSON.stringify(coefficientsExport(readSearchEvidence(reader, summary, 'fewest-macs'), '1.2.3'));
  });
});

function withReader<T>(use: (reader: StoreReader) => T): T {
  const reader = StoreReader.open(store);
  try {
    return use(reader);
  } finally {
    reader.close();
  }
}

const verify = (record: unknown) => withReader((reader) => verifyExport(record, reader, '1.2.3'));

/** Paths of all numbers of a record. */
function numbersOf(value: Json, path: readonly string[] = []): string[][] {
  if (typeof value === 'number') return [[...path]];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, part]) => numbersOf(part, [...path, key]));
}

/** The export with its number at a path moved by one unit in the last place of twelve digits. */
function withDigitChanged(path: readonly string[]): Json {
  const record = JSON.parse(exported) as Json;
  let at = record as Record<string, Json>;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string, Json>;
  const last = path.at(-1) as string;
  const value = at[last] as number;
  at[last] = Number.isInteger(value) ? value + 1 : value * (1 + 1e-12);
  return record;
}

describe('an export', () => {
  it('is verified by the rule that it names', () => {
    expect(verify(JSON.parse(exported))).toMatchObject({ difference: null, otherVersion: null });
    expect(verify({ ...JSON.parse(exported), version: '1.2.2' }).otherVersion).toBe('1.2.2');
  });

  it('fails at the field in which a digit was changed, whichever it is', () => {
    const numbers = numbersOf(JSON.parse(exported)).filter((path) => path.join('.') !== 'testSplit.reads');
    expect(numbers.length).toBeGreaterThan(100);
    const step = Math.ceil(numbers.length / 60);
    for (const path of numbers.filter((_, i) => i % step === 0))
      expect(verify(withDigitChanged(path)).difference?.field).toBe(path.join('.'));
    for (const field of ['chosen.alpha', 'accuracy.mean', 'cost.macs', 'estimates.0.probabilityBest'])
      expect(verify(withDigitChanged(field.split('.'))).difference?.field).toBe(field);
  }, 120_000);

  it('fails where something was added, left out or reworded', () => {
    const record = JSON.parse(exported);
    expect(verify({ ...record, accuracy: undefined }).difference?.field).toBe('accuracy');
    expect(verify({ ...record, extra: 1 }).difference).toEqual({ field: 'extra', expected: undefined, got: 1 });
    expect(verify({ ...record, tieSet: [] }).difference?.field).toBe('tieSet.0');
    expect(verify({ ...record, testSplit: { ...record.testSplit, reads: 1 } }).difference).toEqual({
      field: 'testSplit.reads',
      expected: 0,
      got: 1,
    });
    expect(verify({ ...record, choice: { ...record.choice, reason: 'it is best' } }).difference?.field).toBe(
      'choice.reason',
    );
  });

  it('is refused by name where it is none, or of another search', () => {
    const record = JSON.parse(exported);
    expect(() => verify({ chosen: record.chosen })).toThrow('format: expected "triscale-coefficients"');
    expect(() => verify([])).toThrow('format: expected');
    expect(() => verify({ ...record, provenance: { ...record.provenance, planHash: 'abc' } })).toThrow(
      'provenance.planHash: expected the hash of a search in',
    );
    expect(() => verify({ ...record, choice: { rule: 'mine' } })).toThrow('rule');
  });
});
