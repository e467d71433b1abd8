import type { SearchSummary, UnfinishedTrial } from '../../../db/records.js';
import type { Store } from '../../../db/store.js';
import { isTerminal } from '../../../search/plan/outcomes.js';
import type { Plan } from '../../../search/plan/plan.js';
import type { Halver } from './halver.js';
import type { ProgressTracker } from './progress.js';
import type { Replicator } from './replicator.js';

export interface AgendaOptions {
  readonly store: Store;
  readonly searchId: number;
  readonly plan: Plan;
  readonly tracker: ProgressTracker;
  readonly halver: Halver;
  readonly replicator: Replicator;
  /** Called with what a person should know. */
  readonly note: (message: string) => void;
}

/** What of a search is still to be trained, by what its store says. */
export class Agenda {
  constructor(private readonly options: AgendaOptions) {}

  /** Trials that are to be trained: what is not over and does not wait at a rung. */
  open(): UnfinishedTrial[] {
    const { store, searchId, halver } = this.options;
    halver.refresh();
    return store.read.unfinished(searchId).filter((trial) => !halver.waits(trial));
  }

  /** How many they are. */
  unfinished(): number {
    if (this.options.plan.spec.earlyStopping) return this.open().length;
    const { queued, running, paused } = this.summary().trials;
    return queued + running + paused;
  }

  /** Says what has paused at a rung and goes on, as it was among the best there. */
  promote(promoted: readonly UnfinishedTrial[]): void {
    const { halver, tracker, note } = this.options;
    for (const message of halver.news()) note(message);
    for (const { id } of promoted) tracker.requeued(id);
  }

  /**
   * Gives the front further seeds when all trials are over. Returns how many of them are to be trained. Looking at a search that was finished
   * before writes nothing to it: `endedNow` trials have ended in this run.
   */
  replicate(endedNow: number): number {
    const { replicator, tracker, note } = this.options;
    for (;;) {
      const { added, message } = replicator.next();
      if (message !== null && (added.length > 0 || endedNow > 0)) note(message);
      if (added.length === 0) return 0;
      tracker.add(added);
      const open = added.filter(({ state }) => !isTerminal(state)).length;
      if (open > 0) return open;
    }
  }

  /** How the search stands. */
  summary(): SearchSummary {
    const { store, searchId } = this.options;
    const found = store.read.searches().find(({ id }) => id === searchId);
    if (!found) throw new Error(`search ${searchId} is not in its store`);
    return found;
  }
}
