import { createHash } from 'node:crypto';

/** Anything that survives JSON unchanged. Records that cross a folder are made of this. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** JSON with sorted keys and no absent fields, so that equal values have equal text. Refuses NaN and infinities. */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError(`${value} has no JSON form`);
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const entries = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`);
  return `{${entries.join(',')}}`;
}

/** SHA-256 of the canonical JSON, as 64 hexadecimal digits. */
export function digest(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

/** SHA-256 over the canonical JSON of every item of every list, one line each: for lists too long for one text. */
export function digestAll(...lists: readonly (readonly unknown[])[]): string {
  const hash = createHash('sha256');
  for (const list of lists) {
    for (const item of list) hash.update(`${canonicalJson(item)}\n`);
    hash.update('\n');
  }
  return hash.digest('hex');
}

/** The first 12 hexadecimal digits of the digest: the form of the ids that people see. */
export function shortId(value: unknown): string {
  return digest(value).slice(0, 12);
}
