import { readFileSync } from 'node:fs';

/** Resident memory of a process, bytes: now, and the most it has been; null once it is gone. Linux only. */
export function resident(pid: number): { readonly now: number; readonly peak: number } | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]);
    const [now, peak] = [kib('VmRSS'), kib('VmHWM')];
    // A process that has ended and is still waited for has no memory.
    return Number.isNaN(now) ? null : { now: now * 1024, peak: peak * 1024 };
  } catch {
    return null;
  }
}

/** Processes that a process has started and that still run. */
export function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return text
      .trim()
      .split(' ')
      .filter((word) => word !== '')
      .map(Number);
  } catch {
    return [];
  }
}
