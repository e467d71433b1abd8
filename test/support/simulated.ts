import { parse } from '../../search/base/parse.js';
import { type SimulationSpec, simulationSchema } from '../../search/simulation/simulation.js';

/** A simulation with these fields and the defaults for the others. */
export function simulation(fields: object = {}): SimulationSpec {
  return parse(simulationSchema, fields, 'simulation');
}
