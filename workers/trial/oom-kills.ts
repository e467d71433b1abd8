import { readFile } from 'node:fs/promises';

/**
 * How many processes Linux has killed for want of memory since it booted, or null where that cannot be known. Compared before and after
 * a SIGKILL that we did not send, it tells the kernel's hand from a person's.
 */
export async function countOomKills(): Promise<number | null> {
  try {
    const line = /^oom_kill (\d+)$/m.exec(await readFile('/proc/vmstat', 'utf8'));
    return line ? Number(line[1]) : null;
  } catch {
    return null;
  }
}
