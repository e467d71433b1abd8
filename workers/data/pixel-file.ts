import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import * as zlib from 'node:zlib';

/** Before the images: these bytes, the number of images and the bytes of each as 64-bit little-endian integers, and the table's checksum. */
const magic = Buffer.from('TRISQUAR');
const headerBytes = 28;

/**
 * Decoded images of one size in a file, of which any can be read by itself. A table of checksums stands before them, so that a damaged
 * image is found when it is read. Any number of processes may read the file, and the operating system keeps one copy in memory for all.
 */
export class PixelFile {
  private constructor(
    private readonly handle: FileHandle,
    private readonly bytesEach: number,
    private readonly checksums: Uint32Array,
  ) {}

  /** Opens a file of so many images; null where there is none, or one that is not whole. */
  static async open(file: string, count: number, bytesEach: number): Promise<PixelFile | null> {
    const handle = await open(file, 'r').catch(() => null);
    if (!handle) return null;
    const header = Buffer.alloc(headerBytes);
    const table = Buffer.from(new ArrayBuffer(4 * count));
    const { size } = await handle.stat();
    await handle.read(header, 0, headerBytes, 0);
    await handle.read(table, 0, table.length, headerBytes);
    const isWhole = size === fileBytes(count, bytesEach) && header.equals(headerOf(count, bytesEach, table));
    if (isWhole) return new PixelFile(handle, bytesEach, new Uint32Array(table.buffer));
    await handle.close();
    return null;
  }

  /**
   * Writes a file beside `file` and renames it when it is whole. `runs` gives the images in order, some at a time; a run's bytes may be used
   * again when the next one is asked for.
   */
  static async write(
    file: string,
    count: number,
    bytesEach: number,
    runs: AsyncIterable<{ readonly count: number; readonly pixels: Uint8Array }>,
  ): Promise<void> {
    await mkdir(path.dirname(file), { recursive: true });
    const temporary = `${file}.${randomUUID()}.tmp`;
    const handle = await open(temporary, 'wx');
    try {
      const checksums = new Uint32Array(count);
      let done = 0;
      for await (const run of runs) {
        for (let i = 0; i < run.count; i++) {
          checksums[done + i] = checksum(run.pixels.subarray(i * bytesEach, (i + 1) * bytesEach));
        }
        await writeFully(handle, run.pixels.subarray(0, run.count * bytesEach), fileBytes(count, 0) + done * bytesEach);
        done += run.count;
      }
      if (done !== count) throw new Error(`${done} of ${count} images were written`);
      const table = Buffer.from(checksums.buffer);
      await writeFully(handle, table, headerBytes);
      await writeFully(handle, headerOf(count, bytesEach, table), 0);
      await handle.close();
      await rename(temporary, file);
    } catch (error) {
      await handle.close().catch(() => {});
      await rm(temporary, { force: true });
      throw error;
    }
  }

  /** Reads an image to a place in `target`; false where it is damaged. */
  async read(place: number, target: Uint8Array, offset: number): Promise<boolean> {
    const { bytesEach, handle } = this;
    const position = fileBytes(this.checksums.length, 0) + place * bytesEach;
    const { bytesRead } = await handle.read(target, offset, bytesEach, position);
    return bytesRead === bytesEach && checksum(target.subarray(offset, offset + bytesEach)) === this.checksums[place];
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

/** Bytes of a file of so many images. */
export function fileBytes(count: number, bytesEach: number): number {
  return headerBytes + 4 * count + count * bytesEach;
}

/** Whether a file of a size is there. */
export async function hasSize(file: string, bytes: number): Promise<boolean> {
  return (await stat(file).catch(() => null))?.size === bytes;
}

function headerOf(count: number, bytesEach: number, table: Uint8Array): Buffer {
  const header = Buffer.alloc(headerBytes);
  magic.copy(header);
  header.writeBigUInt64LE(BigInt(count), 8);
  header.writeBigUInt64LE(BigInt(bytesEach), 16);
  header.writeUInt32LE(checksum(table), 24);
  return header;
}

async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}

/** CRC-32, by the library's routine where this Node has one (20.15 and later). */
export const checksum: (bytes: Uint8Array) => number = zlib.crc32 ?? crcByTable;

let crcTable: Uint32Array | undefined;

function crcByTable(bytes: Uint8Array): number {
  crcTable ??= Uint32Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c >>> 0;
  });
  let crc = 0xffffffff;
  for (const byte of bytes) crc = ((crcTable[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8)) >>> 0;
  return (crc ^ 0xffffffff) >>> 0;
}
