import { distance } from 'fastest-levenshtein';

/**
 * Errors that are the user's to mend. Everything else that is thrown is ours.
 * The codes are part of the interface: the README lists them and a test compares.
 */
export const errorCodes = {
  'bad-value':
    'A value in a file or on the command line breaks a rule; the sentence names the path, the rule and the value.',
  'unknown-key': 'A key or a flag that nothing reads; the nearest legal one is named.',
  'unknown-name': 'A name that is in no catalogue or registry; the legal ones are listed.',
  'no-point': 'The grid holds no point, or the limits leave none.',
  'bad-data': 'A dataset that cannot be trained on: an empty class, a single class, no readable image.',
  'missing-file': 'A file or folder that was named does not exist or cannot be read.',
  'bad-store':
    "The store is no database, is another program's, is damaged, is newer than this program, or lies on a network file system.",
  'store-busy': 'Another coordinator works on the same store.',
  'does-not-fit':
    'A network needs more memory than the machine, the engine or the limit has, or is scaled beyond every size that is trained.',
  'missing-part': 'An engine, a server or a tool that was asked for is not installed; the sentence says how to get it.',
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** The user's fault: one sentence that names the path, the rule and the actual value. Exit code 2. */
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

/** The value as it should appear in a sentence: short, quoted when it is text, `NaN` and `Infinity` by name. */
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
