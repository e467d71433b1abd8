import { z } from 'zod';
import { canonicalJson } from './hash.js';
import { agrees, definitionOf } from './schema-keys.js';

/**
 * What networks and recipes mean. It is part of every network's id, and so of the ids and seeds of its trials and of the hash of their plan.
 * Raise it when the same fields come to train something else: a block expands into other layers, a layer or the optimiser computes
 * something else, weights, batches or augmentation are drawn in another way, or a field's default changes. Results
 * from before then stand under ids of their own. A new field needs no new version if its default trains what was trained before.
 */
export const semanticsVersion = 1;

/**
 * A parsed value without the fields that equal their defaults, at every depth: the form that ids are hashes of. A field that is added
 * to a schema later, with a default, so changes no id that exists; a default that is changed needs a new `semanticsVersion`.
 */
export function withoutDefaults<T extends object>(schema: z.core.$ZodType, value: T): Partial<T> {
  return stripped(schema, value) as Partial<T>;
}

function stripped(schema: z.core.$ZodType, value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  const { shape, element, options, innerType } = definitionOf(schema);
  if (innerType) return stripped(innerType, value);
  if (options) return stripped(branchOf(options, value), value);
  if (Array.isArray(value)) return element ? value.map((item) => stripped(element, item)) : value;
  if (!shape) return value;
  const fields = Object.entries(value).filter(([key, field]) => !isDefault(shape[key], field));
  return Object.fromEntries(fields.map(([key, field]) => [key, stripped(shape[key] as z.core.$ZodType, field)]));
}

/** The alternative that an object was parsed by. */
function branchOf(options: readonly z.core.$ZodType[], value: object): z.core.$ZodType {
  const branch = options.find((option) => definitionOf(option).shape && agrees(option, value));
  if (!branch) throw new Error('a value that no alternative of its schema has parsed');
  return branch;
}

function isDefault(schema: z.core.$ZodType | undefined, value: unknown): boolean {
  if (!schema) throw new Error('a field that its schema does not know');
  const standard = defaultOf(schema);
  if (value === standard) return true;
  return isObject(value) && isObject(standard) && canonicalJson(value) === canonicalJson(standard);
}

const defaults = new WeakMap<z.core.$ZodType, { readonly value: unknown }>();

/** What a field becomes that is left out; undefined where it has no default. */
function defaultOf(schema: z.core.$ZodType): unknown {
  let known = defaults.get(schema);
  if (!known) {
    known = { value: z.safeParse(schema, undefined).data };
    defaults.set(schema, known);
  }
  return known.value;
}

function isObject(value: unknown): value is object {
  return value !== null && typeof value === 'object';
}
