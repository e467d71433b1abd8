import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser';
import { InputError, nearest, show } from '../../search/base/errors.js';
import { type Architecture, parseArchitecture } from '../../search/network/architecture.js';
import { networks, resolveNetwork } from '../../search/network/presets.js';
import { type ExperimentSpec, parseExperiment } from '../../search/plan/experiment.js';

/** Reads JSON of the user's, with comments, trailing commas and a byte-order mark where an editor has left one. */
export function readJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new InputError('missing-file', `${file}: ${whyUnread(cause as NodeJS.ErrnoException)}`, { cause });
  }
  const errors: ParseError[] = [];
  const value: unknown = parse(text.replace(/^\uFEFF/, ''), errors, { allowTrailingComma: true });
  const [first] = errors;
  if (!first) return value;
  const before = text.slice(0, first.offset).split('\n');
  const what = printParseErrorCode(first.error)
    .replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`)
    .toLowerCase();
  const place = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
  throw new InputError('bad-value', `${file}: expected JSON, got ${what} at ${place}`);
}

function whyUnread({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'no such file';
  return code === 'EISDIR' ? 'expected a file, got a folder' : message;
}

/** An experiment file, parsed, with its baseline resolved. */
export interface LoadedExperiment {
  readonly file: string;
  readonly spec: ExperimentSpec;
  readonly baseline: Architecture;
}

/** Reads an experiment and resolves its baseline; relative paths in it count from the experiment's folder. */
export function loadExperiment(file: string, overrides: { readonly seed?: number | undefined } = {}): LoadedExperiment {
  const value = readJson(file);
  const withSeed =
    overrides.seed !== undefined && value !== null && typeof value === 'object'
      ? { ...value, seed: overrides.seed }
      : value;
  const folder = path.dirname(file);
  const parsed = parseExperiment(withSeed, path.basename(file));
  const spec = { ...parsed, data: withAbsolutePath(parsed.data, folder) };
  const baseline = typeof spec.baseline === 'string' ? loadNetwork(spec.baseline, 'baseline', folder) : spec.baseline;
  return {
    file,
    spec,
    baseline: spec.resolutionPx === undefined ? baseline : { ...baseline, resolutionPx: spec.resolutionPx },
  };
}

/** A network by its name in the catalogue or by the path of a JSON file. */
export function loadNetwork(nameOrFile: string, where: string, folder = '.'): Architecture {
  const names = networks().map(({ name }) => name);
  if (names.includes(nameOrFile)) return resolveNetwork(nameOrFile);
  const file = path.resolve(folder, nameOrFile);
  if (existsSync(file)) return parseArchitecture(readJson(file), path.basename(file));
  const near = nearest(nameOrFile, names);
  throw new InputError(
    'unknown-name',
    `${where}: expected a network of the catalogue (triscale networks lists them) or a JSON file, got ${show(nameOrFile)}${near ? `; did you mean ${show(near)}?` : ''}`,
  );
}

function withAbsolutePath(data: ExperimentSpec['data'], folder: string): ExperimentSpec['data'] {
  return 'path' in data ? { ...data, path: path.resolve(folder, data.path) } : data;
}
