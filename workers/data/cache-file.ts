import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/** Before the content: these bytes, its length as a 64-bit little-endian integer, its SHA-256. */
const magic = Buffer.from('TRISCALE');
const headerBytes = 48;
/** One call of the operating system or of the hash takes less than 2 GiB. */
const chunkBytes = 64 * 1024 * 1024;
/** Left behind by a process that was killed while it wrote. */
const abandonedMs = 3_600_000;

/**
 * A file that can be made again. Any number of processes may write it at once: each writes a whole file beside it and renames that.
 * A file that is damaged reads as absent, to be made and written again.
 */
export class CacheFile {
  constructor(readonly path: string) {}

  async read(): Promise<Uint8Array<ArrayBuffer> | null> {
    let handle: FileHandle;
    try {
      handle = await open(this.path, 'r');
    } catch {
      return null;
    }
    try {
      const header = await readFully(handle, headerBytes, 0);
      const { size } = await handle.stat();
      if (!header || size !== headerBytes + Number(header.readBigUInt64LE(8))) return null;
      const content = await readFully(handle, size - headerBytes, headerBytes);
      return content && headerOf(content).equals(header) ? content : null;
    } finally {
      await handle.close();
    }
  }

  /** Makes the folders it needs. */
  async write(content: Uint8Array): Promise<void> {
    await mkdir(path.dirname(this.path), { recursive: true });
    await this.sweep();
    const temporary = `${this.path}.${randomUUID()}.tmp`;
    try {
      // Not flushed to the disk: what a power failure cuts off is found by its header and made again.
      const handle = await open(temporary, 'wx');
      try {
        await handle.writeFile(headerOf(content));
        for (let from = 0; from < content.length; from += chunkBytes) {
          await handle.writeFile(content.subarray(from, from + chunkBytes));
        }
      } finally {
        await handle.close();
      }
      await rename(temporary, this.path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  /** Writes where that is possible: a cache that cannot be written costs time, not the training. */
  async keep(content: Uint8Array, onWarning: (sentence: string) => void): Promise<void> {
    try {
      await this.write(content);
    } catch (error) {
      onWarning(`${this.path}: what was read is not kept, since this file cannot be written (${reasonOf(error)})`);
    }
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }

  private async sweep(): Promise<void> {
    const folder = path.dirname(this.path);
    for (const name of await readdir(folder)) {
      if (!name.endsWith('.tmp')) continue;
      const file = path.join(folder, name);
      const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
      if (Date.now() - mtimeMs > abandonedMs) await rm(file, { force: true });
    }
  }
}

function reasonOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

function headerOf(content: Uint8Array): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(content.length));
  const hash = createHash('sha256');
  for (let from = 0; from < content.length; from += chunkBytes) hash.update(content.subarray(from, from + chunkBytes));
  return Buffer.concat([magic, length, hash.digest()]);
}

/** Null when the file ends before. */
async function readFully(handle: FileHandle, bytes: number, position: number): Promise<Buffer<ArrayBuffer> | null> {
  const target = Buffer.from(new ArrayBuffer(bytes));
  for (let done = 0; done < bytes; ) {
    const { bytesRead } = await handle.read(target, done, Math.min(chunkBytes, bytes - done), position + done);
    if (bytesRead === 0) return null;
    done += bytesRead;
  }
  return target;
}
