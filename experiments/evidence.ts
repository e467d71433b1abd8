import type { StoreReader } from '../db/reader.js';
import type { SearchSummary } from '../db/records.js';
import type { Candidate } from '../search/evidence/candidate.js';
import type { Selection } from '../search/evidence/select.js';
import { selectPlanned } from '../search/evidence/select-planned.js';
import type { Plan } from '../search/plan.js';

/** What a store knows of one search, with what follows from it. */
export interface SearchEvidence {
  readonly summary: SearchSummary;
  readonly plan: Plan;
  readonly candidates: readonly Candidate[];
  readonly selection: Selection;
}

/** Reads a search and chooses among its candidates by a rule of `choiceRules`. The test split plays no part. */
export function readSearchEvidence(reader: StoreReader, summary: SearchSummary, rule?: string): SearchEvidence {
  const plan = reader.plan(summary.id);
  const validationImages = reader.validationImages(summary.id);
  return { summary, plan, ...selectPlanned(plan, reader.evidence(summary.id), { validationImages, rule }) };
}
