import { type Command, Option } from 'commander';
import { InputError, show } from '../../../search/base/errors.js';
import { choiceRules, defaultRule } from '../../../search/evidence/choice.js';
import type { Target } from '../../../search/evidence/what-if.js';

/** A parser for a flag's integer in [min, max]. */
export function integer(flag: string, min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < min || value > max) {
      const range = max === Number.MAX_SAFE_INTEGER ? `≥ ${min}` : `from ${min} to ${max}`;
      throw new InputError('bad-value', `${flag}: expected an integer ${range}, got ${show(text)}`);
    }
    return value;
  };
}

/** A parser for a flag's finite number in [min, max]. */
export function number(flag: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < min || value > max) {
      throw new InputError('bad-value', `${flag}: expected a number from ${min} to ${max}, got ${show(text)}`);
    }
    return value;
  };
}

/** A parser for a comma-separated list of finite numbers. */
export function numbers(flag: string, min: number, max: number): (text: string) => number[] {
  return (text) => text.split(',').map(number(flag, min, max));
}

/** Flags that mean the same in every command. */
export const common = {
  json: () => new Option('--json', 'print JSON, and nothing else, to standard output'),
  store: () => new Option('--store <file>', 'the SQLite store (default: runs/<experiment>.sqlite)'),
  out: (what: string) => new Option('--out <path>', what),
  workers: () =>
    new Option('--workers <n>', 'trials to run in parallel (default: one per core)').argParser(
      integer('--workers', 1, 4096),
    ),
  engine: () => new Option('--engine <name>', 'wasm, tensorflow, webgpu or cpu (default: the fastest that works)'),
  rule: () =>
    new Option(
      '--rule <name>',
      `how to choose within the tie set (default: the manual choice, else ${defaultRule})`,
    ).choices(Object.keys(choiceRules)),
  seed: () => new Option('--seed <n>', 'random seed').argParser(integer('--seed', 0, 2 ** 32 - 1)),
  yes: () => new Option('--yes', 'accepted for scripts; no command asks questions'),
};

/** The argument and flags of commands that read a stored search. */
export function addSearchOptions(command: Command): Command {
  return command
    .argument('<file>', 'an experiment file or a store')
    .addOption(common.store())
    .option('--search <hash>', 'the search whose plan hash starts with these digits (default: the latest)')
    .option('--simulated', "the experiment's simulated search instead of the real one");
}

/** Refuses an engine that does not exist before anything is planned or stored; `auto` and nothing are always right. */
export async function checkEngine(name: string | undefined): Promise<void> {
  if (name === undefined || name === 'auto') return;
  const { engineNames } = await import('../../../search/cost/engine-memory.js');
  const { lookup } = await import('../../../search/base/errors.js');
  lookup(Object.fromEntries(engineNames.map((engine) => [engine, true])), name, '--engine');
}

const decimal: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 };
const binary: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

/** The flag for the memory of one trial: `2GiB`, `500MiB` or a number of bytes. */
export function memoryFlag(): Option {
  return new Option(
    '--memory <size>',
    'memory limit of one trial, such as 2GiB (default: an equal share of the machine for each worker)',
  ).argParser((text) => {
    const [, number, unit = ''] = /^([\d.]+(?:e\d+)?)\s*([A-Za-z]*)$/.exec(text) ?? [];
    const value = Number(number) * ({ ...binary, '': 1 }[unit] ?? Number.NaN);
    if (Number.isFinite(value) && value >= 1) return Math.floor(value);
    throw new InputError('bad-value', `--memory: expected a size such as 2GiB or 500MiB, got ${show(text)}`);
  });
}

/** Parses `macs=3M` or `memory=2GiB`; macs take decimal prefixes, memory binary ones or a plain number of bytes. */
export function parseTarget(text: string): Target {
  const [, quantity, number, unit = ''] = /^(macs|memory)=([\d.]+(?:e\d+)?)\s*([A-Za-z]*)$/.exec(text) ?? [];
  const units = quantity === 'macs' ? decimal : { ...binary, '': 1 };
  const value = Number(number) * (units[unit] ?? Number.NaN);
  if (!Number.isFinite(value) || value <= 0)
    throw new InputError('bad-value', `--target: expected macs=3M or memory=2GiB, got ${show(text)}`);
  return quantity === 'macs' ? { macs: value } : { memoryBytes: value };
}
