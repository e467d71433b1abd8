import { Option } from 'commander';
import { InputError, show } from '../../../search/base/errors.js';
import type { Target } from '../../../search/evidence/what-if.js';

const decimal: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 };
const binary: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

/** The flag for the memory of one trial: `2GiB`, `500MiB` or a number of bytes. */
export function memoryFlag(): Option {
  return new Option(
    '--memory <size>',
    'that one trial may take, such as 2GiB (default: what the machine has for each of its workers)',
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
