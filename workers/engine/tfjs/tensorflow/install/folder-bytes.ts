import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';

/** Bytes of all files below a folder; what vanishes while it is counted counts as nothing. */
export async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries.map(async (entry) => {
      const file = path.join(folder, entry.name);
      if (entry.isDirectory()) return folderBytes(file);
      return entry.isFile() ? ((await lstat(file).catch(() => null))?.size ?? 0) : 0;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
