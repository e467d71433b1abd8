import type { StoreReader } from '../../db/reader.js';
import type { SearchSummary } from '../../db/records.js';
import { InputError, show } from '../../search/base/errors.js';
import { byHand } from '../../search/evidence/choice.js';
import { coefficientsExport, coefficientsFormat } from './coefficients.js';
import { readSearchEvidence } from './evidence.js';

/** A field in which an export and its store differ. */
export interface Difference {
  /** Such as `chosen.alpha` or `estimates.0.mean`. */
  readonly field: string;
  readonly expected: unknown;
  readonly got: unknown;
}

export interface Verification {
  readonly summary: SearchSummary;
  /** The version that wrote the export; null where it is this one. */
  readonly otherVersion: string | null;
  /** The first difference, null for none. */
  readonly difference: Difference | null;
}

/**
 * Chooses again from the store, by the rule that an export names, and compares everything that the export says with what comes out; numbers must be
 * equal to the last digit. Readings of the test split that came after the export do not count. Throws `bad-value` for what is no export of
 * coefficients, or for one of a search that the store does not hold.
 */
export function verifyExport(value: unknown, reader: StoreReader, version: string): Verification {
  const record = asRecord(value);
  const summary = findSearch(record, reader);
  const compares = comparesOf(record);
  const evidence = readSearchEvidence(reader, summary, ruleOf(record), { testReads: readsOf(record), compares });
  const recomputed = coefficientsExport(evidence, version);
  if (!recomputed)
    throw new InputError('bad-store', 'the search has no finished trial, so the store gives no choice to compare with');
  const { version: written, ...all } = record;
  // Sentences, and the checks that advice rests on, change from version to version.
  const { advice: _, meanings: __, ...rest } = all;
  const said = written === version ? all : rest;
  const { version: _ours, ...expected } = JSON.parse(JSON.stringify(recomputed)) as Record<string, unknown>;
  return {
    summary,
    otherVersion: written === version ? null : String(written),
    difference: firstDifference('', expected, said, written === version),
  };
}

function asRecord(value: unknown): Record<string, unknown> {
  const record = value as Record<string, unknown> | null;
  if (typeof record === 'object' && record?.format === coefficientsFormat) return record;
  const got = typeof record === 'object' ? show(record?.format) : show(value);
  throw new InputError(
    'bad-value',
    `format: expected ${show(coefficientsFormat)}, an export of coefficients, got ${got}`,
  );
}

function findSearch(record: Record<string, unknown>, reader: StoreReader): SearchSummary {
  const hash = (record.provenance as { planHash?: unknown } | undefined)?.planHash;
  const searches = reader.searches();
  const found = searches.find((summary) => summary.hash === hash);
  if (found) return found;
  const held = searches.map((summary) => summary.hash.slice(0, 12)).join(', ');
  throw new InputError(
    'bad-value',
    `provenance.planHash: expected the hash of a search in ${show(reader.file)} (${held || 'none'}), got ${show(hash)}`,
  );
}

/** Undefined for a manual choice, which no rule can repeat. */
function ruleOf({ choice }: Record<string, unknown>): string | undefined {
  const rule = (choice as { rule?: unknown } | undefined)?.rule;
  if (rule === byHand) return undefined;
  if (typeof rule === 'string') return rule;
  throw new InputError('bad-value', `choice.rule: expected the name of a rule, got ${show(rule)}`);
}

/** What an export compared networks by; those of the first version, which do not say it, ranked accuracy as trained. */
function comparesOf({ choice }: Record<string, unknown>): 'merit' | 'accuracy' {
  return (choice as { compares?: unknown } | undefined)?.compares === 'merit' ? 'merit' : 'accuracy';
}

function readsOf({ testSplit }: Record<string, unknown>): number {
  const reads = (testSplit as { reads?: unknown } | undefined)?.reads;
  if (Number.isSafeInteger(reads) && (reads as number) >= 0) return reads as number;
  throw new InputError('bad-value', `testSplit.reads: expected a whole number ≥ 0, got ${show(reads)}`);
}

/** `isWhole`: the export says all that this program would; one of another version may say less. */
function firstDifference(path: string, expected: unknown, got: unknown, isWhole: boolean): Difference | null {
  if (isContainer(expected) && isContainer(got) && Array.isArray(expected) === Array.isArray(got)) {
    const keys = isWhole || Array.isArray(got) ? [...Object.keys(expected), ...Object.keys(got)] : Object.keys(got);
    for (const key of new Set(keys)) {
      const found = firstDifference(path === '' ? key : `${path}.${key}`, expected[key], got[key], isWhole);
      if (found) return found;
    }
    return null;
  }
  // Counts of nothing, of a state that there no longer is.
  if (!isWhole && expected === undefined && got === 0) return null;
  return Object.is(expected, got) ? null : { field: path, expected, got };
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
