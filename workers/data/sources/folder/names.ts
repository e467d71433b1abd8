import type { PathLike } from 'node:fs';

/**
 * A name of the file system as a string from which its bytes can be had again: bytes that are not UTF-8 become the code units U+DC80 to
 * U+DCFF, which no UTF-8 gives (Python's `surrogateescape`, PEP 383). They differ from each other, so a hash of names tells them apart.
 */
export function fromBytes(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (Buffer.from(text, 'utf8').equals(bytes)) return text;
  let name = '';
  for (let i = 0; i < bytes.length; ) {
    const length = sequenceLength(bytes, i);
    if (length > 0) name += bytes.toString('utf8', i, i + length);
    else name += String.fromCharCode(0xdc00 + (bytes[i] as number));
    i += Math.max(1, length);
  }
  return name;
}

/** Bytes of the valid UTF-8 sequence at a place; 0 where none is. */
function sequenceLength(bytes: Buffer, at: number): number {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length++) {
    const part = bytes.subarray(at, at + length);
    const text = part.toString('utf8');
    if (!text.includes('\ufffd') && Buffer.from(text, 'utf8').equals(part)) return length;
  }
  return 0;
}

const escaped = /[\udc80-\udcff]/;
const alone = /(?<![\ud800-\udbff])[\udc80-\udcff]/g;

/** Whether a name holds bytes that are not UTF-8. */
export function isOdd(name: string): boolean {
  return escaped.test(name) && alone.test(name);
}

/** A path of such names as the operating system wants it. */
export function nativePath(path: string): PathLike {
  if (!escaped.test(path)) return path;
  const parts: Buffer[] = [];
  for (const character of path) {
    const unit = character.length === 1 ? character.charCodeAt(0) : 0;
    const isByte = unit >= 0xdc80 && unit <= 0xdcff;
    parts.push(isByte ? Buffer.from([unit - 0xdc00]) : Buffer.from(character, 'utf8'));
  }
  return Buffer.concat(parts);
}

/**
 * A name to be read: bytes that are not UTF-8 are taken for Latin-1, as old programs wrote them, and accents are composed (Unicode's NFC),
 * so that the two spellings that macOS and Linux give one name are one.
 */
export function readable(name: string): string {
  return name.replace(alone, (unit) => String.fromCharCode(unit.charCodeAt(0) - 0xdc00)).normalize('NFC');
}
