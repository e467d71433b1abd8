import { open } from 'node:fs/promises';
import { InputError } from '../../../search/base/errors.js';

/** A file in a tar file. */
export interface TarEntry {
  readonly name: string;
  /** Of its content. */
  readonly offset: number;
  readonly bytes: number;
}

const blockBytes = 512;

/** Kinds of entries, as their header says. */
const kinds = { file: '0', oldFile: '\0', contiguous: '7', longName: 'L', extended: 'x' } as const;

/**
 * Lists the files of a tar file by its headers alone, so that each can be read in its place (POSIX.1-2001 `ustar` and `pax`, and GNU's long
 * names). Throws `missing-file` or `bad-data`.
 */
export async function readTarIndex(file: string): Promise<TarEntry[]> {
  const handle = await open(file, 'r').catch((cause: NodeJS.ErrnoException) => {
    throw new InputError('missing-file', `${file}: expected a file that can be read, got ${cause.code}`, { cause });
  });
  try {
    const { size } = await handle.stat();
    const read = async (offset: number, bytes: number) => {
      if (offset + bytes > size) throw new InputError('bad-data', `${file}: expected a whole tar file; it is cut off`);
      const target = Buffer.alloc(bytes);
      await handle.read(target, 0, bytes, offset);
      return target;
    };
    const entries: TarEntry[] = [];
    if (size < blockBytes) throw new InputError('bad-data', `${file}: expected a tar file, got ${size} bytes`);
    let extended: Readonly<Record<string, string>> = {};
    let longName: string | null = null;
    for (let at = 0; at !== size; ) {
      const header = await read(at, blockBytes);
      if (header.every((byte) => byte === 0)) break;
      checkHeader(file, header, at);
      const kind = header.toString('latin1', 156, 157);
      const bytes = extended.size === undefined ? readNumber(header.subarray(124, 136)) : Number(extended.size);
      const content = at + blockBytes;
      at = content + Math.ceil(bytes / blockBytes) * blockBytes;
      if (kind === kinds.extended) extended = readExtended(await read(content, bytes));
      else if (kind === kinds.longName) longName = textOf(await read(content, bytes));
      else {
        const isFile = kind === kinds.file || kind === kinds.oldFile || kind === kinds.contiguous;
        const name = (extended.path ?? longName ?? shortName(header)).replace(/^(\.\/)+/, '');
        if (isFile && name !== '' && !name.endsWith('/')) {
          if (content + bytes > size)
            throw new InputError('bad-data', `${file}: expected a whole tar file; it is cut off`);
          entries.push({ name, offset: content, bytes });
        }
        extended = {};
        longName = null;
      }
    }
    return entries;
  } finally {
    await handle.close();
  }
}

/** The sum of all bytes with the field of the sum itself as spaces. */
function checkHeader(file: string, header: Buffer, at: number): void {
  const expected = readNumber(header.subarray(148, 156));
  let sum = 8 * 32;
  for (let i = 0; i < blockBytes; i++) if (i < 148 || i >= 156) sum += header[i] as number;
  if (sum !== expected) {
    const isCompressed = at === 0 && (header.readUInt16BE(0) === 0x1f8b || header.readUInt32BE(0) === 0x28b52ffd);
    const hint = isCompressed ? '; it is compressed, so that no image can be read in its place: unpack it once' : '';
    throw new InputError('bad-data', `${file}: expected a tar file, got another content at byte ${at}${hint}`);
  }
}

function shortName(header: Buffer): string {
  const prefix = header.toString('latin1', 257, 262) === 'ustar' ? textOf(header.subarray(345, 500)) : '';
  const name = textOf(header.subarray(0, 100));
  return prefix === '' ? name : `${prefix}/${name}`;
}

function textOf(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}

/** Octal digits, or GNU's binary form for more than 8 GiB. */
function readNumber(field: Buffer): number {
  if (((field[0] as number) & 0x80) === 0) return Number.parseInt(textOf(field).trim() || '0', 8);
  let value = (field[0] as number) & 0x7f;
  for (const byte of field.subarray(1)) value = value * 256 + byte;
  return value;
}

/** Lines such as `18 path=some/name`, whose number is the length of the line. */
function readExtended(content: Buffer): Record<string, string> {
  const fields: Record<string, string> = {};
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(0x20, at);
    const length = Number(content.toString('latin1', at, space));
    if (space < 0 || !(length > 0)) break;
    const [key = '', ...value] = content.toString('utf8', space + 1, at + length - 1).split('=');
    fields[key] = value.join('=');
    at += length;
  }
  return fields;
}
