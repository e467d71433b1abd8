import { workerData } from 'node:worker_threads';

/** The thread of watchdog.ts: `workerData` is the parent's process id. */
const parentPid = workerData as number;
const pollMs = 200;

setInterval(() => {
  if (process.ppid !== parentPid || !isAlive(parentPid)) process.kill(process.pid, 'SIGKILL');
}, pollMs);

/** Where an orphan keeps its parent's id (Windows), the parent itself has to be asked for. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
