import { z } from 'zod';
import { InputError, nearest, show } from './errors.js';

type Issue = z.core.$ZodIssue;
type Schema = z.core.$ZodType;

/**
 * Parses unknown JSON at the door: unknown keys refused, the first fault told as `path: rule, got value`, behind the name of its `file`
 * where it has one. The result is frozen.
 */
export function parse<T extends z.ZodType>(schema: T, value: unknown, path: string, file = ''): z.output<T> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return deepFreeze(result.data);
  throw toInputError(schema, value, result.error, path, file);
}

function toInputError(schema: z.ZodType, value: unknown, error: z.ZodError, root: string, file: string): InputError {
  const issue = meant(error.issues);
  const path = [root, ...issue.path.map(String)].filter((part) => part !== '').join('.');
  const where = [file, path].map((part) => (part === '' ? '' : `${part}: `)).join('');
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    return new InputError(
      'unknown-key',
      `${where}unknown key ${show(key)}${hint(key, keysAt(schema, value, issue.path))}`,
    );
  }
  if (issue.code === 'invalid_union' && issue.discriminator !== undefined) {
    const got = (issue.input as Record<string, unknown>)[issue.discriminator];
    // Reported by zod, though its types do not say so.
    const { options = [] } = issue as { options?: readonly unknown[] };
    const legal = options.map(String);
    const near = typeof got === 'string' ? hint(got, legal) : '';
    return new InputError('unknown-name', `${where}expected one of ${legal.join(', ')}, got ${shown(got)}${near}`);
  }
  return new InputError(
    'bad-value',
    `${where}${rule(issue, isIntegerAt(schema, value, issue.path))}, got ${shown(issue.input)}`,
  );
}

/** The fault to tell: a misspelt key before what is missing because of it, and of a union the branch that was meant. */
function meant(issues: readonly Issue[]): Issue {
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  if (!issue) throw new Error('a failed parse without an issue');
  if (issue.code !== 'invalid_union') return issue;
  const branches = issue.errors.filter((branch) => branch.length > 0).map(meant);
  const ofItsType = branches.filter(({ code, path }) => code === 'unrecognized_keys' || path.length > 0);
  const furthest = ofItsType.sort((a, b) => b.path.length - a.path.length)[0];
  return furthest ? { ...furthest, path: [...issue.path, ...furthest.path] } : issue;
}

function rule(issue: Issue, integer = false): string {
  const number = integer ? 'an integer' : 'a number';
  switch (issue.code) {
    case 'invalid_type':
      if (issue.expected === 'number' && typeof issue.input === 'number') return 'expected a finite number';
      return `expected ${issue.expected === 'int' ? 'an integer' : article(issue.expected)}`;
    case 'too_small':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `expected ${number} ${issue.inclusive ? '≥' : '>'} ${issue.minimum}`
        : `expected at least ${counted(issue.minimum, issue.origin)}`;
    case 'too_big':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `expected ${number} ${issue.inclusive ? '≤' : '<'} ${issue.maximum}`
        : `expected at most ${counted(issue.maximum, issue.origin)}`;
    case 'invalid_value':
      return `expected ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(show).join(', ')}`;
    case 'invalid_union': {
      const forms = issue.errors.flatMap((branch) => branch.slice(0, 1)).map((branch) => rule(branch));
      return `expected ${forms.map((form) => form.replace(/^expected /, '')).join(' or ')}`;
    }
    default:
      return issue.message;
  }
}

function hint(wrong: string, legal: readonly string[]): string {
  const near = nearest(wrong, legal);
  return near ? `; did you mean ${show(near)}?` : '';
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : show(value);
}

function counted(count: number | bigint, origin: string): string {
  const unit = origin === 'string' ? 'character' : 'item';
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

function article(type: string): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === 'object' && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}

/**
 * The keys that a schema allows in the object at `path` of `value`. Where alternatives stand there, the keys of those that agree with the
 * constants in the value (the block type of a stage, say).
 */
function keysAt(schema: Schema, value: unknown, path: readonly PropertyKey[]): string[] {
  return schemasAt(schema, value, path).flatMap((found) =>
    found instanceof z.ZodObject ? Object.keys(found.shape) : [],
  );
}

/** Whether a schema wants a whole number at `path` of `value`. */
function isIntegerAt(schema: Schema, value: unknown, path: readonly PropertyKey[]): boolean {
  return schemasAt(schema, value, path).some((found) => found instanceof z.ZodNumber && found.format === 'safeint');
}

function schemasAt(schema: Schema, value: unknown, path: readonly PropertyKey[]): Schema[] {
  if (isWrapper(schema)) return schemasAt(schema.unwrap(), value, path);
  if (schema instanceof z.ZodUnion)
    return schema.options.filter((option) => agrees(option, value)).flatMap((option) => schemasAt(option, value, path));
  const [key, ...rest] = path;
  if (key === undefined) return [schema];
  if (schema instanceof z.ZodArray) return schemasAt(schema.element, child(value, key), rest);
  const inner = schema instanceof z.ZodObject ? (schema.shape[String(key)] as Schema | undefined) : undefined;
  return inner ? schemasAt(inner, child(value, key), rest) : [];
}

function isWrapper(schema: Schema) {
  return (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  );
}

/** Whether no constant of an object schema contradicts the value. */
function agrees(schema: Schema, value: unknown): boolean {
  if (!(schema instanceof z.ZodObject)) return true;
  return Object.entries(schema.shape).every(([key, field]) => {
    const given = child(value, key);
    return given === undefined || !(field instanceof z.ZodLiteral) || field.values.has(given as z.core.util.Literal);
  });
}

function child(value: unknown, key: PropertyKey): unknown {
  return value !== null && typeof value === 'object' ? (value as Record<PropertyKey, unknown>)[key] : undefined;
}
