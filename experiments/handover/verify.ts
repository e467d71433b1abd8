import type { StoreReader } from '../../db/reader.js';
import type { SearchSummary } from '../../db/records.js';
import { InputError, show } from '../../search/base/errors.js';
import { byHand } from '../../search/evidence/choice.js';
import { coefficientsExport, coefficientsFormat } from './coefficients.js';
import { readSearchEvidence } from './evidence.js';

/** What an export says that its store does not. */
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
  const evidence = readSearchEvidence(reader, summary, ruleOf(record), { testReads: readsOf(record) });
  const recomputed = coefficientsExport(evidence, version);
  if (!recomputed)
    throw new InputError('bad-store', 'store: expected a search with a choice, got one without a finished trial');
  const { version: written, ...said } = record;
  const { version: _ours, ...expected } = JSON.parse(JSON.stringify(recomputed)) as Record<string, unknown>;
  return {
    summary,
    otherVersion: written === version ? null : String(written),
    difference: firstDifference('', expected, said),
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
    `provenance.planHash: expected that of a search in ${show(reader.file)} (${held || 'none'}), got ${show(hash)}`,
  );
}

/** Undefined for what was chosen by hand, which no rule decides again. */
function ruleOf({ choice }: Record<string, unknown>): string | undefined {
  const rule = (choice as { rule?: unknown } | undefined)?.rule;
  if (rule === byHand) return undefined;
  if (typeof rule === 'string') return rule;
  throw new InputError('bad-value', `choice.rule: expected the name of a rule, got ${show(rule)}`);
}

function readsOf({ testSplit }: Record<string, unknown>): number {
  const reads = (testSplit as { reads?: unknown } | undefined)?.reads;
  if (Number.isSafeInteger(reads) && (reads as number) >= 0) return reads as number;
  throw new InputError('bad-value', `testSplit.reads: expected a whole number ≥ 0, got ${show(reads)}`);
}

function firstDifference(path: string, expected: unknown, got: unknown): Difference | null {
  if (isContainer(expected) && isContainer(got) && Array.isArray(expected) === Array.isArray(got)) {
    // An older program said less: what it did not say is no difference.
    for (const key of Object.keys(got)) {
      const found = firstDifference(path === '' ? key : `${path}.${key}`, expected[key], got[key]);
      if (found) return found;
    }
    return null;
  }
  return Object.is(expected, got) ? null : { field: path, expected, got };
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
