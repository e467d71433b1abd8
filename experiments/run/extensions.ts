import type { StoreReader } from '../../db/reader.js';
import type { SearchSummary } from '../../db/records.js';
import type { Store } from '../../db/store.js';
import { withSavingsOf } from '../../search/plan/fit-plan.js';
import { type Plan, withNetworks } from '../../search/plan/plan.js';
import { readRunStore } from './run-store.js';

/** Notes that a search holds a larger revision of the plan with this hash, so that the next run of that plan goes on with the revision. */
export function noteExtension(store: Store, searchId: number, fromHash: string): void {
  store.addEvent({ searchId, kind: 'extended', detail: note(fromHash) }, Date.now());
}

/**
 * The latest revision that the plan with this hash has been extended to, in one step or in several, whichever of its revisions was extended
 * last; null where it has not been.
 */
export function latestRevision(reader: StoreReader, hash: string): SearchSummary | null {
  const searches = new Map(reader.searches().map((search) => [search.id, search]));
  const family = new Set([note(hash)]);
  let revision: SearchSummary | null = null;
  for (const { searchId, detail } of reader.extensions()) {
    const extended = searches.get(searchId);
    if (!extended || !family.has(detail)) continue;
    family.add(note(extended.hash));
    revision = extended;
  }
  return revision;
}

/** A larger revision of a plan. */
export interface Revision {
  readonly plan: Plan;
  /** Hash of the stored plan that was extended. */
  readonly from: string;
}

/**
 * What a run of a plan is to go on with: the latest revision that its store has of it; null where it is the plan itself. The data lie where
 * the plan says; memory is saved as it was stored, for the machine of that time. Simulated searches are not extended between runs.
 */
export function revisionOf(plan: Plan, storeFile: string): Revision | null {
  const reader = readRunStore(storeFile);
  if (!reader) return null;
  try {
    const from = storedHash(plan, reader);
    const latest = latestRevision(reader, from);
    if (!latest || latest.simulation !== null) return null;
    const stored = reader.plan(latest.id);
    // Without the seeds that rounds of replication have added since.
    const revised = withNetworks(stored, stored.networks);
    return { plan: { ...revised, spec: { ...revised.spec, data: plan.spec.data }, dataset: plan.dataset }, from };
  } finally {
    reader.close();
  }
}

/** The hash under which the store holds a plan: where it does not, that of the same plan for a machine with another memory, or its own. */
function storedHash(plan: Plan, reader: StoreReader): string {
  const searches = reader.searches().filter(({ simulation, name }) => simulation === null && name === plan.spec.name);
  if (searches.some(({ hash }) => hash === plan.hash)) return plan.hash;
  const other = searches.findLast(({ id, hash }) => withSavingsOf(plan, reader.plan(id)).hash === hash);
  return other?.hash ?? plan.hash;
}

/** Kept with the event, and compared when it is read: another wording would forget the extensions of every store. */
function note(hash: string): string {
  return `from plan ${hash.slice(0, 12)}`;
}
