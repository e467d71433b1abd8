import type { StoreReader } from '../db/reader.js';
import type { SearchSummary } from '../db/records.js';
import type { Store } from '../db/store.js';
import { type Plan, withNetworks } from '../search/plan.js';
import { readRunStore } from './run-store.js';

/** Notes that a search holds a larger revision of the plan with this hash, so that the next run of that plan goes on with the revision. */
export function noteExtension(store: Store, searchId: number, fromHash: string): void {
  store.addEvent({ searchId, kind: 'extended', detail: from(fromHash) }, Date.now());
}

/** The latest revision that the plan with this hash has been extended to, in one step or in several; null where it has not been. */
export function latestRevision(reader: StoreReader, hash: string): SearchSummary | null {
  const searches = new Map(reader.searches().map((search) => [search.id, search]));
  let revision: SearchSummary | null = null;
  for (const { searchId, detail } of reader.extensions()) {
    if (detail === from(revision?.hash ?? hash)) revision = searches.get(searchId) ?? revision;
  }
  return revision;
}

/**
 * What a run of a plan is to go on with: the latest revision that its store has of it, or the plan itself. The data lie where the plan says.
 * Simulated searches are not extended between runs.
 */
export function revisedPlan(plan: Plan, storeFile: string): Plan {
  const reader = readRunStore(storeFile);
  if (!reader) return plan;
  try {
    const revision = latestRevision(reader, plan.hash);
    if (!revision || revision.simulation !== null) return plan;
    const stored = reader.plan(revision.id);
    // Without the seeds that rounds of replication have added since.
    const planned = withNetworks(stored, stored.networks);
    return { ...planned, spec: { ...planned.spec, data: plan.spec.data }, dataset: plan.dataset };
  } finally {
    reader.close();
  }
}

function from(hash: string): string {
  return `from plan ${hash.slice(0, 12)}`;
}
