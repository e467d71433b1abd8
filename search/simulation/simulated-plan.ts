import { digest, shortId } from '../base/hash.js';
import { identityOf } from '../base/identity.js';
import type { Plan, PlannedTrial } from '../plan/plan.js';
import { type SimulationSpec, simulationIdentity } from './simulation.js';

/**
 * The plan of a simulated search: the same points and networks under another hash and other trial ids, so that a simulated result
 * can never stand in for a real one, nor for one of another simulation.
 */
export function simulatedPlan(plan: Plan, simulation: SimulationSpec): Plan {
  return {
    ...plan,
    trials: simulatedTrials(plan.trials, simulation),
    hash: digest([plan.hash, modelOf(simulation)]),
  };
}

/** Trials under the ids that they have in a simulated search. */
export function simulatedTrials(trials: readonly PlannedTrial[], simulation: SimulationSpec): PlannedTrial[] {
  const model = modelOf(simulation);
  return trials.map((trial) => ({ ...trial, id: shortId([trial.id, model]) }));
}

function modelOf(simulation: SimulationSpec): string {
  return digest(identityOf(simulation, simulationIdentity));
}
