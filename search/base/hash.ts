import { createHash } from 'node:crypto';

/** Anything that survives JSON unchanged. Records that cross a folder are made of this. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** JSON with sorted keys and no absent fields, so that equal values have equal text. Refuses NaN and infinities. */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError(`${value} has no JSON form`);
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const fields = value as Readonly<Record<string, unknown>>;
  let text = '';
  for (const key of Object.keys(fields).sort()) {
    if (fields[key] === undefined) continue;
    text += `${text === '' ? '{' : ','}${JSON.stringify(key)}:${canonicalJson(fields[key])}`;
  }
  return text === '' ? '{}' : `${text}}`;
}

/** SHA-256 of the canonical JSON, as 64 hexadecimal digits. */
export function digest(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

/** SHA-256 of lines of text, as 64 hexadecimal digits: for lists too long to be one text. */
export function digestLines(lines: Iterable<string>): string {
  const hash = createHash('sha256');
  for (const line of lines) hash.update(`${line}\n`);
  return hash.digest('hex');
}

/** The first 16 hexadecimal digits of the digest: the form of the ids that people see. Two of a million ids are equal with a chance of 3e-8. */
export function shortId(value: unknown): string {
  return digest(value).slice(0, 16);
}
