import { InputError, show } from '../../../search/base/errors.js';
import { parse } from '../../../search/base/parse.js';
import { type SimulationSpec, simulationSchema } from '../../../search/simulation/simulation.js';

/** What `--simulate [json]` asks for; null without it. Throws an `InputError` for text that is no JSON or no simulation. */
export function parseSimulation(option: string | true | undefined): SimulationSpec | null {
  if (option === undefined) return null;
  if (option === true) return parse(simulationSchema, {}, '--simulate');
  let value: unknown;
  try {
    value = JSON.parse(option);
  } catch (cause) {
    const form = 'expected JSON such as {"seedNoise":0.004}';
    throw new InputError('bad-value', `--simulate: ${form}, got ${show(option)}`, { cause });
  }
  return parse(simulationSchema, value, '--simulate');
}
