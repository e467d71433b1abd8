import type { StoreReader } from '../../db/reader.js';
import type { SearchSummary } from '../../db/records.js';
import type { Store } from '../../db/store.js';
import { withSavingsOf } from '../../search/plan/fit-plan.js';
import { type Plan, withNetworks } from '../../search/plan/plan.js';
import { readRunStore } from './run-store.js';

/** Records that a search, which may be a larger revision of the same experiment, is what runs of another one's plan go on with from now on. */
export function recordExtension(store: Store, searchId: number, from: Pick<SearchSummary, 'id' | 'hash'>): void {
  const atMs = Date.now();
  store.addExtension(searchId, from.id, atMs);
  store.addEvent({ searchId, kind: 'extended', detail: `from plan ${from.hash.slice(0, 12)}` }, atMs);
}

/**
 * The latest search that the plan with this hash was extended to, in one step or in several, whichever of its revisions was extended last;
 * null if it was not extended.
 */
export function latestRevision(reader: StoreReader, hash: string): SearchSummary | null {
  const searches = reader.searches();
  const family = new Set(searches.filter((search) => search.hash === hash).map(({ id }) => id));
  let latest: number | null = null;
  for (const { searchId, fromId } of reader.extensions()) {
    if (!family.has(fromId)) continue;
    family.add(searchId);
    latest = searchId;
  }
  return searches.find(({ id }) => id === latest) ?? null;
}

/** A larger revision of a plan. */
export interface Revision {
  readonly plan: Plan;
  /** Hash of the stored plan that was extended. */
  readonly from: string;
}

/**
 * What a run of a plan goes on with: the latest revision of it in the store, or null for the plan itself. The location of the data comes from
 * the plan; how memory is saved comes from the store, for the machine of that time. Simulated searches are not extended between runs.
 */
export function revisionOf(plan: Plan, storeFile: string): Revision | null {
  const reader = readRunStore(storeFile);
  if (!reader) return null;
  try {
    const from = storedHash(plan, reader);
    const latest = latestRevision(reader, from);
    if (!latest || latest.simulation !== null) return null;
    const stored = reader.originalPlan(latest.id);
    // Without the seeds that replication has added since.
    const revised = withNetworks(stored, stored.networks);
    return { plan: { ...revised, spec: { ...revised.spec, data: plan.spec.data }, dataset: plan.dataset }, from };
  } finally {
    reader.close();
  }
}

/** The hash under which the store holds a plan: its own, or that of the same plan fitted to a machine with a different amount of memory. */
function storedHash(plan: Plan, reader: StoreReader): string {
  const searches = reader.searches().filter(({ simulation, name }) => simulation === null && name === plan.spec.name);
  if (searches.some(({ hash }) => hash === plan.hash)) return plan.hash;
  const other = searches.findLast(({ id, hash }) => withSavingsOf(plan, reader.plan(id)).hash === hash);
  return other?.hash ?? plan.hash;
}
