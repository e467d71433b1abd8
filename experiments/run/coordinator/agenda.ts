import type { ProposedTrial, UnfinishedTrial } from '../../../db/records.js';
import type { Store } from '../../../db/store.js';
import { isTerminal } from '../../../search/plan/outcomes.js';
import type { Plan, PlannedNetwork, PlannedPoint, PlannedTrial } from '../../../search/plan/plan.js';
import { trialPlanner } from '../../../search/plan/trials.js';
import { simulatedTrials } from '../../../search/simulation/simulated-plan.js';
import type { SimulationSpec } from '../../../search/simulation/simulation.js';
import type { Ending, History, Step, Strategy, TrialReport } from '../../../search/strategy/strategy.js';

export interface AgendaOptions {
  readonly store: Store;
  readonly searchId: number;
  readonly plan: Plan;
  readonly simulation: SimulationSpec | null;
  readonly strategy: Strategy;
  /** Called with what the strategy has proposed, once it is stored. */
  readonly onProposed: (trials: readonly ProposedTrial[], networks: readonly PlannedNetwork[]) => void;
  /** Called with what a person should know. */
  readonly note: (message: string) => void;
}

/**
 * What a search still has to train: asks the strategy, with the history that the store holds, and stores what it proposes in the same
 * transaction, before anything of it is queued.
 */
export class Agenda {
  private readonly history: StoredHistory;
  private readonly byId: Map<string, PlannedNetwork>;
  private readonly noted = new Set<string>();
  private step: Step | null = null;

  constructor(private readonly options: AgendaOptions) {
    const { store, searchId, plan } = options;
    const { networks, points } = store.read.proposals(searchId, plan.networks.length, plan.points.length);
    this.history = new StoredHistory(store, searchId, networks, points);
    this.byId = new Map(this.networks().map((network) => [network.id, network]));
  }

  /** Whether the strategy has nothing more to propose. */
  get isDone(): boolean {
    return this.step?.state === 'done';
  }

  /**
   * Asks the strategy until it waits or is done, and stores what it proposes. Returns the new trials that are to be trained. `since`: what the
   * history is read anew from; `last` is quicker, and enough when trials have ended since the last time and nothing else has happened.
   */
  ask(since: 'start' | 'last' = 'start'): UnfinishedTrial[] {
    const { store, onProposed } = this.options;
    const known = this.history.networks.length;
    const added: ProposedTrial[] = [];
    if (since === 'start') this.history.forget();
    for (;;) {
      const more = store.transaction(() => this.askOnce());
      if (more === null) break;
      added.push(...more);
    }
    if (added.length > 0) onProposed(added, this.history.networks.slice(known));
    return added
      .filter(({ state }) => !isTerminal(state))
      .map(({ id, networkId, seed }) => ({ id, networkId, seed, isPaused: false, attempt: null }));
  }

  /** To be called when a trial has ended. Returns trials that the strategy proposes upon that. */
  ended(): UnfinishedTrial[] {
    return this.step?.state === 'wait' && this.step.until === 'any' ? this.ask('last') : [];
  }

  /** Trials that are to be trained: all that are not over, but for those that stay where they have paused. As of the last `ask`. */
  open(): UnfinishedTrial[] {
    const { store, searchId } = this.options;
    return store.read.unfinished(searchId).filter(({ id, isPaused }) => {
      const pause = isPaused ? this.pauseAfterEpoch(id) : null;
      return pause === null || (this.history.curves.get(id)?.length ?? 0) < pause;
    });
  }

  /** The epoch after which a trial pauses; null where it trains to its end. As of the last `ask`. */
  pauseAfterEpoch(trialId: string): number | null {
    return this.step?.pauseAfter?.get(trialId) ?? null;
  }

  /** Those of the plan, and those that were proposed. */
  networks(): PlannedNetwork[] {
    return [...this.options.plan.networks, ...this.history.networks];
  }

  /** One of them. */
  networkOf(networkId: string): PlannedNetwork {
    const network = this.byId.get(networkId);
    if (!network) throw new RangeError(`network ${networkId} is not in the search`);
    return network;
  }

  /** One step of the strategy; null when it proposes nothing. */
  private askOnce(): ProposedTrial[] | null {
    const { store, searchId, strategy } = this.options;
    this.history.readOn();
    const step = strategy.next(this.history);
    const isFirst = this.step === null;
    if (step.state === 'propose' && this.isCancelled()) {
      this.step = { ...step, state: 'done' };
      this.say(['nothing further is proposed: the search was cancelled'], isFirst);
      return null;
    }
    this.step = step;
    // What an earlier run has decided was noted then.
    this.say(step.notes, isFirst && step.state !== 'propose');
    if (step.state !== 'propose') return null;
    const { networks = [], points = [] } = step;
    for (const network of networks) this.byId.set(network.id, network);
    store.addNetworks(searchId, networks, points);
    store.addTrials(searchId, this.trialsOf(step.trials));
    this.history.proposed(networks, points);
    const added = this.history.readOn();
    if (added.length === 0) throw new Error('the strategy has proposed only trials that the search has already');
    return added;
  }

  /** With the ids that they have in this search. */
  private trialsOf(proposals: readonly Pick<PlannedTrial, 'networkId' | 'replicate'>[]): PlannedTrial[] {
    const { plan, simulation } = this.options;
    const networks = [...new Set(proposals.map(({ networkId }) => networkId))].map((id) => this.networkOf(id));
    const planned = trialPlanner(plan.spec, networks);
    const trials = proposals.map(({ networkId, replicate }) => planned(networkId, replicate));
    return simulation ? simulatedTrials(trials, simulation) : trials;
  }

  private say(notes: readonly string[], isKnown: boolean): void {
    for (const note of notes) {
      if (this.noted.has(note)) continue;
      this.noted.add(note);
      if (!isKnown) this.options.note(note);
    }
  }

  /** Cancelled as a whole, and not taken back by a retry of what was cancelled. */
  private isCancelled(): boolean {
    if (!this.history.hasCancelled) return false;
    return this.options.store.read.isCancelled(this.options.searchId);
  }
}

/** The history of a search, read from its store as far as it has grown since the last time. */
class StoredHistory implements History {
  readonly trials: TrialReport[] = [];
  readonly endings: Ending[] = [];
  private readonly indexOf = new Map<string, number>();
  private nextPosition = 0;
  private lastEnding = 0;
  private hasRead = false;
  private knownCurves: ReadonlyMap<string, readonly number[]> | null = null;
  private knownImages: number | null = null;
  private readonly cancelled = new Set<string>();

  constructor(
    private readonly store: Store,
    private readonly searchId: number,
    readonly networks: PlannedNetwork[],
    readonly points: PlannedPoint[],
  ) {}

  get curves(): ReadonlyMap<string, readonly number[]> {
    this.knownCurves ??= new Map(
      [...this.store.read.curves(this.searchId)].map(([id, epochs]) => [
        id,
        epochs.map(({ validationAccuracy }) => validationAccuracy ?? 0),
      ]),
    );
    return this.knownCurves;
  }

  get validationImages(): number | null {
    this.knownImages ??= this.store.read.validationImages(this.searchId);
    return this.knownImages;
  }

  get hasCancelled(): boolean {
    return this.cancelled.size > 0;
  }

  /** Everything is read anew the next time: trials have paused, or were queued again. */
  forget(): void {
    this.trials.length = 0;
    this.endings.length = 0;
    this.indexOf.clear();
    this.cancelled.clear();
    this.nextPosition = 0;
    this.lastEnding = 0;
    this.hasRead = false;
    this.knownCurves = null;
  }

  /** Takes note of networks and points that were stored. */
  proposed(networks: readonly PlannedNetwork[], points: readonly PlannedPoint[]): void {
    this.networks.push(...networks);
    this.points.push(...points);
  }

  /** Reads what has been added since, and how trials have ended. Returns the trials that are new here. */
  readOn(): ProposedTrial[] {
    const { read } = this.store;
    const fresh = read.proposed(this.searchId, this.nextPosition);
    for (const trial of fresh) {
      this.indexOf.set(trial.id, this.trials.length);
      this.trials.push(reportOf(trial));
      if (trial.state === 'cancelled') this.cancelled.add(trial.id);
    }
    this.nextPosition = (fresh.at(-1)?.position ?? this.nextPosition - 1) + 1;
    for (const { number, trialId, state, validationAccuracy } of read.endings(this.searchId, this.lastEnding)) {
      this.lastEnding = number;
      const accuracy = validationAccuracy ?? 0;
      this.endings.push(state === 'completed' ? { trialId, state, accuracy } : { trialId, state: 'failed' });
      // Read in the same moment, a trial says itself how it stands: it may have been queued again since it ended.
      if (!this.hasRead) continue;
      this.knownCurves = null;
      if (state === 'cancelled') this.cancelled.add(trialId);
      const index = this.indexOf.get(trialId) as number;
      const { networkId, replicate } = this.trials[index] as TrialReport;
      this.trials[index] = reportOf({ id: trialId, networkId, replicate, state, validationAccuracy });
    }
    this.hasRead = true;
    return fresh;
  }
}

function reportOf(
  trial: Pick<ProposedTrial, 'id' | 'networkId' | 'replicate' | 'state' | 'validationAccuracy'>,
): TrialReport {
  const { id, networkId, replicate, state, validationAccuracy: accuracy } = trial;
  const common = { id, networkId, replicate };
  if (state === 'completed') return { ...common, state, accuracy: accuracy ?? 0 };
  if (state === 'paused') return { ...common, state };
  return isTerminal(state) ? { ...common, state: 'failed', what: state } : { ...common, state: 'open' };
}
