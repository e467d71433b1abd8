import { canonicalJson } from './hash.js';

/**
 * The meaning of networks and recipes. It is part of every network's id, and so of the ids and seeds of its trials and of the hash of their
 * plan. Raise it when the same fields come to train something else: a block expands into different layers, a layer or the optimiser
 * computes something else, or weights, batches or augmentation are drawn differently. Older results then keep ids of their own.
 */
export const semanticsVersion = 1;

/**
 * What a field contributes to an identity; undefined leaves it out. Written as a method, whose parameter TypeScript compares in both
 * directions: `unless('relu')` fits a field of activations, `unless('rleu')` does not.
 */
export type FieldRule<T> = { count(value: T): unknown }['count'];

/**
 * How every field of a record enters its identity, the value that ids are hashes of. A field without a rule is a compile error. The values
 * given to `unless` are frozen with `semanticsVersion`: they say what an id means that lacks the field, whatever a schema's default becomes.
 * So a new field takes `unless(VALUE)` with the value that trains what was trained before it existed, and no id changes.
 */
export type IdentityFields<T> = { readonly [Key in keyof Required<T>]: FieldRule<T[Key]> };

/** The field counts whenever it is present. */
export const always = <T>(value: T): T => value;

/** The field does not change what is trained. */
export const never = (): undefined => undefined;

/** The field counts unless it equals `standard`; objects and lists are compared by their JSON. */
export function unless<T>(standard: T): FieldRule<T> {
  const text = canonicalJson(standard);
  return (value) => (value === undefined || canonicalJson(value) === text ? undefined : value);
}

/** An object that counts field by field, as `{}` where every field is left out; null and undefined leave it out. */
export function present<T extends object>(fields: IdentityFields<T>): FieldRule<T | null | undefined> {
  return (value) => (value === null || value === undefined ? undefined : identityOf(value, fields));
}

/** An object that counts field by field, and is left out where every field is. */
export function group<T extends object>(fields: IdentityFields<T>): FieldRule<T> {
  return (value) => {
    const identity = identityOf(value, fields);
    return Object.keys(identity).length === 0 ? undefined : identity;
  };
}

/** The fields of `value` that count. Throws for a field without a rule, which no parsed value has. */
export function identityOf<T extends object>(value: T, fields: IdentityFields<T>): Record<string, unknown> {
  const rules = fields as Readonly<Record<string, FieldRule<unknown>>>;
  const identity: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) {
    if (!Object.hasOwn(rules, key)) throw new Error(`field ${key} has no rule in its identity`);
    const counted = (rules[key] as FieldRule<unknown>)(field);
    if (counted !== undefined) identity[key] = counted;
  }
  return identity;
}
