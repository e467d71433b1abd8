import { Option } from 'commander';
import { InputError, show } from '../../../search/base/errors.js';
import { choiceRules, defaultRule } from '../../../search/evidence/choice.js';

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
  json: () => new Option('--json', 'print JSON to standard output and nothing else there'),
  store: () => new Option('--store <file>', 'the SQLite store (default: runs/<experiment>.sqlite)'),
  out: (what: string) => new Option('--out <path>', what),
  workers: () =>
    new Option('--workers <n>', 'trials that run side by side (default: one per core)').argParser(
      integer('--workers', 1, 4096),
    ),
  engine: () => new Option('--engine <name>', 'wasm, tensorflow, webgpu or cpu (default: the fastest that works)'),
  rule: () =>
    new Option(
      '--rule <name>',
      `how to choose among those that cannot be told apart (default: what was chosen by hand, else ${defaultRule})`,
    ).choices(Object.keys(choiceRules)),
  seed: () => new Option('--seed <n>', 'replaces the seed').argParser(integer('--seed', 0, 2 ** 32 - 1)),
  yes: () => new Option('--yes', 'accepted for scripts; nothing is asked'),
};
