import type { StoreReader } from '../db/reader.js';
import type { SearchSummary } from '../db/records.js';
import { type Candidate, candidatesOf } from '../search/evidence/candidate.js';
import { type Selection, select } from '../search/evidence/select.js';
import type { Plan } from '../search/plan.js';
import { targetRatio } from '../search/target.js';

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
  const candidates = candidatesOf(plan, reader.evidence(summary.id));
  const selection = select(candidates, {
    targetMacs: plan.baselineCost.macs * targetRatio(plan.spec),
    validationImages: validationImages(reader, summary.id),
    ...(rule === undefined ? {} : { rule }),
  });
  return { summary, plan, candidates, selection };
}

/** Images of the validation split, from the confusion counts of any finished trial; null before there is one. */
function validationImages(reader: StoreReader, searchId: number): number | null {
  const finished = reader.trials(searchId).find(({ state }) => state === 'completed');
  const confusion = finished && reader.confusion(finished.id);
  return confusion ? confusion.flat().reduce((sum, count) => sum + count, 0) : null;
}
