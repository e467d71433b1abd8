import type { z } from 'zod';
import { InputError, nearest, show } from './errors.js';

/** Parses unknown JSON at the door: unknown keys refused, the first fault told as `path: rule, got value`. The result is frozen. */
export function parse<T extends z.ZodType>(schema: T, value: unknown, path: string): z.output<T> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return deepFreeze(result.data);
  throw toInputError(result.error, path);
}

function toInputError(error: z.ZodError, root: string): InputError {
  const issue = deepest(error.issues);
  const path = [root, ...issue.path.map(String)].filter((part) => part !== '').join('.');
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const legal = legalKeys(issue);
    const near = nearest(key, legal);
    const hint = near ? `; did you mean ${show(near)}?` : '';
    return new InputError('unknown-key', `${path}: unknown key ${show(key)}${hint}`);
  }
  return new InputError('bad-value', `${path}: ${rule(issue)}, got ${show(issue.input)}`);
}

/** A union reports every branch; the branch that got furthest into the value is the one that was meant. */
function deepest(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue {
  const [first] = issues;
  if (!first) throw new Error('a failed parse without an issue');
  if (first.code !== 'invalid_union' || first.errors.length === 0) return first;
  const branches = first.errors.filter((branch) => branch.length > 0).map((branch) => deepest(branch));
  const furthest = branches.sort((a, b) => b.path.length - a.path.length)[0];
  return furthest && furthest.path.length > 0 ? { ...furthest, path: [...first.path, ...furthest.path] } : first;
}

function legalKeys(issue: z.core.$ZodIssue & { inst?: unknown }): string[] {
  const shape = (issue.inst as { shape?: Record<string, unknown> } | undefined)?.shape;
  return shape ? Object.keys(shape) : [];
}

function rule(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${issue.expected === 'int' ? 'an integer' : article(issue.expected)}`;
    case 'too_small':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `expected a number ${issue.inclusive ? '≥' : '>'} ${issue.minimum}`
        : `expected at least ${issue.minimum} ${issue.origin === 'string' ? 'characters' : 'items'}`;
    case 'too_big':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `expected a number ${issue.inclusive ? '≤' : '<'} ${issue.maximum}`
        : `expected at most ${issue.maximum} ${issue.origin === 'string' ? 'characters' : 'items'}`;
    case 'invalid_value':
      return `expected ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(show).join(', ')}`;
    case 'invalid_union':
      return 'matches none of the allowed forms';
    default:
      return issue.message;
  }
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
