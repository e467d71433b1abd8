import { readdir, stat, statfs } from 'node:fs/promises';
import path from 'node:path';

/** Share of what is free on the cache's disk that decoded images may take, and at most so many bytes for all datasets together. */
const shareOfFree = 0.5;
const usualBudgetBytes = 64 * 2 ** 30;

/** Bytes that decoded images may still take on the disk of the cache; 0 where that cannot be told. TRISCALE_CACHE_BYTES sets the budget. */
export async function cacheRoom(cacheFolder: string, env: NodeJS.ProcessEnv = process.env): Promise<number> {
  const { usedBytes, budgetBytes, freeBytes } = await cacheUse(cacheFolder, env);
  return Math.max(0, Math.min(budgetBytes - usedBytes, freeBytes * shareOfFree) || 0);
}

/** Free bytes of the disk that a folder is on, or will be. */
async function freeBytesOf(folder: string): Promise<number> {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    const disk = await statfs(at).catch(() => null);
    if (disk) return disk.bavail * disk.bsize;
    if (path.dirname(at) === at) return 0;
  }
}

/** Bytes that decoded images take on the disk of the cache, may take there, and that are free there. */
export async function cacheUse(cacheFolder: string, env: NodeJS.ProcessEnv = process.env) {
  const folder = path.join(cacheFolder, 'squares');
  let usedBytes = 0;
  for (const name of await readdir(folder).catch(() => [] as string[])) {
    usedBytes += (await stat(path.join(folder, name)).catch(() => null))?.size ?? 0;
  }
  const budgetBytes = env.TRISCALE_CACHE_BYTES === undefined ? usualBudgetBytes : Number(env.TRISCALE_CACHE_BYTES);
  return { usedBytes, budgetBytes, freeBytes: await freeBytesOf(cacheFolder) };
}
