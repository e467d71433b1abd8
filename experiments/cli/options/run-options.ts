import path from 'node:path';
import { Option } from 'commander';
import { InputError, lookup, show } from '../../../search/base/errors.js';
import { parse } from '../../../search/base/parse.js';
import { defaultRetries, type Retries } from '../../../search/plan/outcomes.js';
import { type SimulationSpec, simulationSchema } from '../../../search/simulation/simulation.js';
import type { FarmOptions } from '../../run/farm.js';

/** The Redis server of a farm while a command runs. */
export interface FarmServer {
  readonly farm: FarmOptions;
  /** A line for people, without the password. */
  readonly about: string;
  close(): Promise<void>;
}

/**
 * The Redis that `--redis` names, entered with TRISCALE_REDIS_PASSWORD; null without the flag. `auto` starts one beside the store, on a private port, which ends
 * with the command.
 */
export async function farmServer(flag: string | undefined, store: string): Promise<FarmServer | null> {
  if (flag === 'auto') {
    const { startRedisServer } = await import('../../../workers/executors/farm/redis-server.js');
    const server = await startRedisServer(`${path.resolve(store)}.redis`);
    return {
      farm: { address: server.address },
      about: `Farm on a private Redis server; start workers on this machine with: TRISCALE_REDIS="$(cat ${server.addressFile})" npx triscale worker`,
      close: () => server.close(),
    };
  }
  if (flag === undefined) return null;
  const { describeAddress, redisAddress } = await import('../../../workers/executors/farm/address.js');
  const address = redisAddress(flag, process.env);
  if (!address) return null;
  return { farm: { address }, about: `Farm on ${describeAddress(address)}`, close: async () => undefined };
}

const most = 100;

/** `--retries lost=3,crashed=1`: how often a trial is retried after each kind of failure. */
export function retriesFlag(): Option {
  const standard = Object.entries(defaultRetries).map(([outcome, count]) => `${outcome}=${count}`);
  return new Option(
    '--retries <table>',
    `retries after each kind of failure (default: ${standard.join(',')})`,
  ).argParser(parseRetries);
}

/** The default table with these entries in place of its own. Throws `unknown-name` for another outcome, `bad-value` for another form. */
export function parseRetries(text: string): Retries {
  const outcomes = Object.fromEntries(Object.keys(defaultRetries).map((name) => [name, name as keyof Retries]));
  const table: Record<string, number> = {};
  for (const entry of text.split(',')) {
    const match = /^([^=]+)=(\d{1,9})$/.exec(entry.trim());
    const times = Number(match?.[2]);
    if (!match || times > most)
      throw new InputError(
        'bad-value',
        `--retries: expected entries such as lost=3 with counts from 0 to ${most}, got ${show(entry)}`,
      );
    table[lookup(outcomes, match[1] as string, '--retries')] = times;
  }
  return { ...defaultRetries, ...table };
}

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
