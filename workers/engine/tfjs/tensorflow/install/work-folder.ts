import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readlink, realpath, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/** Names the machine and the process, so that a folder left behind is known from one in use, also where machines share a disk. */
const prefix = `work-${os.hostname()}-`;

/**
 * Makes a folder for one installation inside `folder`, after removing those of installations that were killed on this machine together
 * with the programs that these had started: such a program would go on writing.
 */
export async function makeWorkFolder(folder: string): Promise<string> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix) || isAlive(Number.parseInt(name.slice(prefix.length), 10))) continue;
    const old = path.join(folder, name);
    await endProcessesIn(await realpath(old));
    await rm(old, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
  const work = path.join(folder, `${prefix}${process.pid}-${randomUUID().slice(0, 8)}`);
  await mkdir(work);
  return work;
}

/** Ends the processes whose working directory is below a folder (Linux). */
async function endProcessesIn(folder: string): Promise<void> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => Number.isInteger(pid));
  for (const pid of pids) {
    // Other users' processes and those that have just ended have no readable working directory.
    const directory = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    if (!`${directory}/`.startsWith(`${folder}/`)) continue;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
