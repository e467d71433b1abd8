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
