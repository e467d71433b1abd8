import type { StoreReader } from '../../db/reader.js';
import type { SearchSummary, StoredTrial, TestRead } from '../../db/records.js';
import type { Candidate } from '../../search/evidence/candidate.js';
import type { Selection } from '../../search/evidence/select.js';
import { selectPlanned } from '../../search/evidence/select-planned.js';
import type { Plan } from '../../search/plan/plan.js';

/** The contents of a store for one search, and the choice that follows from them. */
export interface SearchEvidence {
  readonly summary: SearchSummary;
  readonly plan: Plan;
  /** In the plan's order. */
  readonly trials: readonly StoredTrial[];
  /** Every reading of the test split, oldest first. */
  readonly testReads: readonly TestRead[];
  readonly candidates: readonly Candidate[];
  readonly selection: Selection;
}

export interface EvidenceOptions {
  /** Counts only so many readings of the test split, the oldest: as it was when an earlier export was written. */
  readonly testReads?: number;
  /** What networks are compared by; default what the rule compares. */
  readonly compares?: 'merit' | 'accuracy';
}

/**
 * Reads a search and chooses among its candidates: by a rule of `choiceRules`, or without one by the manual choice if there is any.
 * Test accuracies play no part; how often the test split was read is one of the health checks.
 */
export function readSearchEvidence(
  reader: StoreReader,
  summary: SearchSummary,
  rule?: string,
  options: EvidenceOptions = {},
): SearchEvidence {
  const plan = reader.plan(summary.id);
  const validationImages = reader.validationImages(summary.id);
  const testReads = reader.testReads(summary.id).slice(0, options.testReads);
  const found = selectPlanned(plan, reader.evidence(summary.id), {
    validationImages,
    rule,
    compares: options.compares,
    byHand: reader.handChoice(summary.id),
    testReads: testReads.length,
  });
  return { summary, plan, trials: reader.trials(summary.id), testReads, ...found };
}
