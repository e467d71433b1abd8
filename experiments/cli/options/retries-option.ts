import { Option } from 'commander';
import { InputError, lookup, show } from '../../../search/base/errors.js';
import { defaultRetries, type Retries } from '../../../search/plan/outcomes.js';

const most = 100;

/** `--retries lost=3,crashed=1`: how often a trial is tried again after each unhappy outcome. */
export function retriesFlag(): Option {
  const standard = Object.entries(defaultRetries).map(([outcome, count]) => `${outcome}=${count}`);
  return new Option('--retries <table>', `how often a trial is tried again (default: ${standard.join(',')})`).argParser(
    parseRetries,
  );
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
