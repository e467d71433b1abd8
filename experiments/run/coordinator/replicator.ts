import type { TrialStanding } from '../../../db/records.js';
import type { Store } from '../../../db/store.js';
import { plural } from '../../../search/base/format.js';
import type { Plan } from '../../../search/plan/plan.js';
import { trialPlanner } from '../../../search/plan/trials.js';
import { simulatedTrials } from '../../../search/simulation/simulated-plan.js';
import type { SimulationSpec } from '../../../search/simulation/simulation.js';
import { replicatePlanned, seedBudgetOf } from '../../../search/strategy/replicate-planned.js';
import type { ReplicationRound } from '../../../search/strategy/replication.js';

/** What the evidence asks for when every trial so far is over. */
export interface NextSeeds {
  /** Trials that were added to the search, in any state: one that another search of the store has finished is over. Empty at the end. */
  readonly added: readonly TrialStanding[];
  /** What was decided, in a sentence; null when the search has no seed budget. */
  readonly message: string | null;
}

/** Gives the front of a search further seeds, round by round, until the evidence asks for no more. What it has decided is in the store. */
export class Replicator {
  private rounds: readonly ReplicationRound[] = [];

  constructor(
    private readonly store: Store,
    private readonly searchId: number,
    private readonly plan: Plan,
    private readonly simulation: SimulationSpec | null,
  ) {}

  /** Adds the trials of the next round to the search. To be called when all its trials are over. */
  next(): NextSeeds {
    const { store, searchId, plan } = this;
    if (seedBudgetOf(plan) === 0) return { added: [], message: null };
    const before = store.read.standings(searchId);
    if (store.read.isCancelled(searchId)) return { added: [], message: 'no further seeds: the search was cancelled' };
    const images = store.read.validationImages(searchId);
    const records = store.read.evidence(searchId);
    const { rounds, open, stopped } = replicatePlanned(plan, records, images, this.rounds);
    this.rounds = rounds;
    if (open.length === 0) return { added: [], message: `no further seeds: ${stopped ?? 'the screening is not over'}` };
    // A trial of the screening that failed and was retried later may change what earlier rounds would ask for; the seeds they got are spent.
    const left = seedBudgetOf(plan) - records.filter(({ replicate }) => replicate >= plan.spec.replicates).length;
    const makeTrial = trialPlanner(plan.spec, plan.networks);
    const trials = open.slice(0, Math.max(0, left)).map(({ networkId, replicate }) => makeTrial(networkId, replicate));
    if (trials.length === 0) return { added: [], message: 'no further seeds: the seed budget is spent' };
    store.addTrials(searchId, this.simulation ? simulatedTrials(trials, this.simulation) : trials);
    const known = new Set(before.map(({ id }) => id));
    const added = store.read.standings(searchId).filter(({ id }) => !known.has(id));
    const tied = rounds.at(-1)?.tieSetBefore ?? 0;
    const networks = new Set(trials.map(({ networkId }) => networkId)).size;
    return {
      added,
      message: `round ${rounds.length} of replication: ${plural(trials.length, 'more seed')} for ${networks} of the ${tied} networks that cannot be told from the best`,
    };
  }
}
