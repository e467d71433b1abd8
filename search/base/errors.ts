import { distance } from 'fastest-levenshtein';

/**
 * Errors that the user can correct. Any other error is internal.
 * The codes are part of the interface: docs/commands.md lists them, and a test compares.
 */
export const errorCodes = {
  'bad-value':
    'A value in a file or on the command line breaks a rule; the message names the path, the rule and the value.',
  'unknown-key': 'A key or a flag does not exist; the message names the nearest one that does.',
  'unknown-name': 'A name is in no catalogue or registry; the message lists the known ones.',
  'no-point': 'The grid has no point, or the limits leave none.',
  'bad-data': 'A dataset cannot be trained on: an empty class, a single class, no readable image.',
  'missing-file': 'A file or folder does not exist or cannot be read.',
  'bad-store':
    'The store is not a database, belongs to another program, is damaged, is newer than this program, or is on a network file system.',
  'store-busy': 'Another `triscale run` is using the store.',
  'does-not-fit':
    'A network needs more memory than the machine, the engine or the limit allows, or is scaled beyond any size that can be trained.',
  'missing-part': 'An engine, a server or a tool is not installed; the message says how to get it.',
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** A fault of the user's input or environment, told in one sentence. Exit code 2. */
export class InputError extends Error {
  override readonly name = 'InputError';
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A value as it appears in a sentence: short, text in quotes, `NaN` and `Infinity` by name. */
export function show(value: unknown): string {
  const text =
    typeof value === 'number' || typeof value === 'bigint' || value === undefined
      ? String(value)
      : (JSON.stringify(value) ?? typeof value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** The legal name with the smallest edit distance to `wanted`, or undefined when none is near. */
export function nearest(wanted: string, legal: readonly string[]): string | undefined {
  let best: string | undefined;
  let fewest = Math.max(2, Math.floor(wanted.length / 3)) + 1;
  for (const name of legal) {
    const edits = distance(wanted.toLowerCase(), name.toLowerCase());
    if (edits < fewest) {
      best = name;
      fewest = edits;
    }
  }
  return best;
}

/** Looks `name` up in a plain-object registry; the error lists the keys and the nearest one. `path` says where the name stood. */
export function lookup<T>(registry: Readonly<Record<string, T>>, name: string, path: string): T {
  if (Object.hasOwn(registry, name)) return registry[name] as T;
  const legal = Object.keys(registry);
  const near = nearest(name, legal);
  throw new InputError(
    'unknown-name',
    `${path}: expected one of ${legal.join(', ')}, got ${show(name)}${near ? `; did you mean ${show(near)}?` : ''}`,
  );
}
