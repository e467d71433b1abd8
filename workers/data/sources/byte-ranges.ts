import { open } from 'node:fs/promises';

/**
 * Reads a range of a file. The file is opened for each, so that nobody has to close anything: that takes a tenth of a millisecond, less than
 * a tenth of what decoding takes. Rejects where the file ends before.
 */
export async function readRange(file: string, offset: number, bytes: number): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    const target = Buffer.alloc(bytes);
    const { bytesRead } = await handle.read(target, 0, bytes, offset);
    if (bytesRead < bytes) throw new Error(`the file ends ${bytes - bytesRead} bytes too early`);
    return target;
  } finally {
    await handle.close();
  }
}
