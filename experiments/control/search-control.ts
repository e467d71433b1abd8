import type { Store } from '../../db/store.js';
import { plural } from '../../search/base/format.js';
import type { CommandResult, SearchCommand } from '../../search/plan/command.js';
import { extendPlan } from '../../search/plan/extension.js';
import type { Plan } from '../../search/plan/plan.js';
import { simulatedPlan } from '../../search/simulation/simulated-plan.js';
import type { SimulationSpec } from '../../search/simulation/simulation.js';
import type { Coordinator } from '../run/coordinator/coordinator.js';
import { recordExtension } from '../run/extensions.js';
import { checkTrials, choose, doneWith } from './control.js';

/** Carries out the commands that reach a running search, and holds the plan that runs next. */
export class SearchControl {
  private coordinator: Coordinator | null = null;
  /** The larger plan to run after the one that runs, and its search. */
  private next: { readonly plan: Plan; readonly id: number; readonly hash: string } | null = null;

  constructor(
    private readonly store: Store,
    private current: Plan,
    private readonly simulation: SimulationSpec | null,
  ) {}

  /** The plan to run, without its simulation. */
  get plan(): Plan {
    return this.current;
  }

  attach(coordinator: Coordinator): void {
    this.coordinator = coordinator;
  }

  detach(): void {
    this.coordinator = null;
  }

  /** Moves on to the larger plan, where there is one to run after the one that has ended. */
  goOn(): boolean {
    if (!this.next) return false;
    this.current = this.next.plan;
    this.next = null;
    return true;
  }

  /** Returns what was done. */
  async handle(command: SearchCommand): Promise<CommandResult> {
    const { coordinator } = this;
    // A choice may concern any search of the store, whichever is running.
    if (command.command === 'choose' && command.searchId !== undefined)
      return choose(this.store, command.searchId, command);
    if (!coordinator) throw new Error('search is starting up or shutting down; retry');
    switch (command.command) {
      case 'choose':
        return choose(this.store, coordinator.searchId, command);
      case 'pause':
        await coordinator.pause();
        return { message: 'paused: no further trial starts', count: null };
      case 'resume':
        await coordinator.resume();
        return { message: 'resumed', count: null };
      case 'stop':
        // Answers at once: the end may be an hour away.
        coordinator.stop('drain').catch(() => {});
        return { message: 'stopping once the running trials have finished', count: null };
      case 'cancel':
        checkTrials(this.store.read, coordinator.searchId, command.trialIds ?? []);
        return doneWith(await coordinator.cancel(command.trialIds), 'cancelled');
      case 'retry':
        return doneWith(coordinator.retry(command.states), 'queued again');
      case 'extend':
        return this.extend(extendPlan(this.next?.plan ?? this.current, command.extension), coordinator.searchId);
    }
  }

  /** Stores the larger plan at once; it runs when the present one has ended. `runningId` is the search that runs. */
  private extend(plan: Plan, runningId: number): CommandResult {
    const stored = this.simulation ? simulatedPlan(plan, this.simulation) : plan;
    const from = this.next ?? { id: runningId, hash: this.current.hash };
    const id = this.store.transaction(() => {
      const added = this.store.addSearch(stored, this.simulation, Date.now());
      recordExtension(this.store, added.id, from);
      return added.id;
    });
    const { queued } = this.store.read.searches().find((search) => search.id === id)?.trials ?? { queued: 0 };
    this.next = { plan, id, hash: stored.hash };
    const { length } = plan.trials;
    const follow = `${queued} still to train`;
    return {
      message: `extended to ${plural(length, 'trial')} as plan ${stored.hash.slice(0, 12)}; ${follow}`,
      count: length,
    };
  }
}
