import { InputError, show } from '../../../../search/base/errors.js';
import type { FileSplits } from '../../../../search/plan/dataset.js';
import type { Split } from '../../dataset.js';

/** Words that people call splits by, alone or in a longer name, such as `seg_train` and `Validation set`. */
const words: Readonly<Record<Split, readonly string[]>> = {
  train: ['train', 'training', 'trn', 'trainval', 'traindata'],
  validation: ['val', 'valid', 'validation', 'validate', 'dev', 'devel', 'development', 'eval', 'evaluation'],
  test: ['test', 'testing', 'tst'],
};

/** Words that say nothing more, as in `test_set`, `train-images` and `Val Data`. */
const fillers = new Set([
  'set',
  'data',
  'dataset',
  'images',
  'image',
  'img',
  'imgs',
  'split',
  'folder',
  'photos',
  'pictures',
]);

export interface SplitName {
  readonly split: Split;
  /** Whether the name is nothing but the split's; otherwise the name says more, as `seg_train` does. */
  readonly isPlain: boolean;
}

/** The split that a folder or a column's value is called after; null for any other name. */
export function splitOfName(name: string): SplitName | null {
  const tokens = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter(Boolean)
    .map((token) => token.replace(/(?<=^(train|val|valid|dev|test))(set|data|images|imgs)$/, ''));
  const found = tokens.flatMap((token) => splitOfWord(token) ?? []);
  const [split] = found;
  if (split === undefined || found.some((other) => other !== split)) return null;
  const others = tokens.filter((token) => splitOfWord(token) === null && !fillers.has(token));
  return { split, isPlain: others.length === 0 && !/\d/.test(name) };
}

function splitOfWord(token: string): Split | null {
  for (const [split, names] of Object.entries(words)) if (names.includes(token)) return split as Split;
  return null;
}

/** How the values of a split column, or the names of shards, are read. */
export interface SplitReading {
  /** Null where the seed decides. */
  splitOf(value: string): Split | null;
  readonly notes: readonly string[];
}

/** Values that stand for no split. */
const noSplit = new Set(['', '-', 'none', 'null', 'nan']);

/**
 * Reads values that each stand for a split. `splits` decides where it is given; `where` stands in errors. Throws `bad-data` for a value
 * that is no name of a split, with the flag that says what it is.
 */
export function readSplits(
  values: readonly string[],
  splits: Exclude<FileSplits, 'none'> | undefined,
  where: string,
): SplitReading {
  const found = [...new Set(values.map((value) => value.trim()))].sort();
  const reading = new Map<string, Split | null>();
  if (splits) {
    const rest = splitNames.find((split) => splits[split]?.includes('*')) ?? (splits.train ? null : 'train');
    for (const value of found) reading.set(value, splitNames.find((split) => splits[split]?.includes(value)) ?? rest);
    const unknown = splitNames
      .flatMap((split) => splits[split] ?? [])
      .find((name) => name !== '*' && !found.includes(name));
    if (unknown !== undefined) {
      throw new InputError(
        'bad-value',
        `data.splits: expected values of ${where} (${some(found)}), got ${show(unknown)}`,
      );
    }
    return { splitOf: (value) => reading.get(value.trim()) ?? null, notes: [] };
  }
  for (const value of found) {
    const name = splitOfName(value);
    if (!name && !noSplit.has(value.toLowerCase())) {
      const [first] = found.filter((one) => !splitOfName(one));
      throw new InputError(
        'bad-data',
        `${where} can be read in two ways: (1) ${some(found)} are parts such as folds [--split validation=${first}]; (2) they say nothing about splits [--split none]. Say which with the flag in brackets, or with data.splits in the experiment.`,
      );
    }
    reading.set(value, name?.split ?? null);
  }
  const unusual = found.filter((value) => splitOfName(value) && !usual.has(value));
  const read = unusual.map((value) => `"${value}" as the ${splitOfName(value)?.split} split`);
  return {
    splitOf: (value) => reading.get(value.trim()) ?? null,
    notes: read.length > 0 ? [`Read ${read.join(', ')}.`] : [],
  };
}

const splitNames = ['train', 'validation', 'test'] as const;
const usual = new Set(['train', 'validation', 'val', 'test']);

function some(values: readonly string[]): string {
  const shown = values.slice(0, 5).map((value) => show(value));
  return values.length > 5 ? `${shown.join(', ')} and ${values.length - 5} more` : shown.join(', ');
}
