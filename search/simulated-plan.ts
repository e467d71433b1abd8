import { digest, shortId } from './hash.js';
import { withoutDefaults } from './identity.js';
import type { Plan } from './plan.js';
import { type SimulationSpec, simulationSchema } from './simulation.js';

/**
 * The plan of a simulated search: the same points and networks under another hash and other trial ids, so that a simulated result
 * can never stand in for a real one, nor for one of another simulation.
 */
export function simulatedPlan(plan: Plan, simulation: SimulationSpec): Plan {
  const model = digest(withoutDefaults(simulationSchema, simulation));
  return {
    ...plan,
    trials: plan.trials.map((trial) => ({ ...trial, id: shortId([trial.id, model]) })),
    hash: digest([plan.hash, model]),
  };
}
