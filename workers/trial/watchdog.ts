import { Worker } from 'node:worker_threads';

/**
 * Ends this process with SIGKILL within about a second after its parent is gone. A closed channel is noticed at once when the event loop
 * is free; a thread of its own watches the parent's process for the times when training blocks the loop. Returns a function that calls
 * the watch off, for the moment when the process itself closes the channel.
 */
export function endWithParent(parentPid: number): () => void {
  const end = (): void => {
    process.kill(process.pid, 'SIGKILL');
  };
  process.once('disconnect', end);
  const thread = new Worker(new URL('./watchdog-thread.js', import.meta.url), { workerData: parentPid, execArgv: [] });
  thread.unref();
  return () => {
    process.off('disconnect', end);
  };
}
