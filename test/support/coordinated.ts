import type { Store } from '../../db/store.js';
import type { CoordinatorOptions } from '../../experiments/run/coordinator/coordinator.js';
import { Coordinator } from '../../experiments/run/coordinator/coordinator.js';
import type { SearchEvent } from '../../experiments/run/coordinator/search-events.js';
import type { TrialRunner } from '../../workers/executors/contract.js';
import { LocalPool } from '../../workers/executors/local/pool.js';
import { runSimulated } from '../../workers/trial/simulated.js';
import { simulation } from './simulated.js';
import { smallPlan } from './small-plan.js';

/** Four networks of two seeds. */
export const plan = smallPlan({ depths: 4, replicates: 2 });

export const pool = (slots = 2, run: TrialRunner = runSimulated) => new LocalPool({ slots, run });

/** A coordinator of a simulated search on a store, and the events that it emits. */
export function coordinateOn(store: Store, options: Partial<CoordinatorOptions> = {}) {
  const events: SearchEvent[] = [];
  const onEvent = (event: SearchEvent) => void events.push(event);
  const coordinator = new Coordinator({ plan, simulation: simulation(), store, executor: pool(), onEvent, ...options });
  return { coordinator, events };
}

/** Of a search's trials in their order; the state of those that have none. */
export const accuraciesIn = (store: Store, searchId: number) =>
  store.read
    .trials(searchId)
    .map((trial) => (trial.state === 'completed' ? trial.result.validationAccuracy : trial.state));

export const named = (events: readonly SearchEvent[], name: SearchEvent['event']) =>
  events.filter(({ event }) => event === name);
