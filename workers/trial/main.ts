/**
 * The process of one trial: `node main.js PARENT_PID`, with an IPC channel. It gets one job, says what happens, sends one result and
 * ends. SIGTERM ends it without a result; what its epochs have reached is in the checkpoint by then. It never outlives its parent.
 */
import { once } from 'node:events';
import { type JobMessage, type TrialMessage, terminatedCode } from './messages.js';
import { endWithParent } from './watchdog.js';

const callOff = endWithParent(Number(process.argv[2]));
const stop = new AbortController();
let started = false;
process.on('SIGTERM', () => {
  stop.abort();
  if (!started) process.exit(terminatedCode);
});
// A Ctrl-C reaches the whole group of processes; what becomes of a trial then is its parent's to say.
process.on('SIGINT', () => {});

const [{ job, cacheFolder, shards }] = (await once(process, 'message')) as [JobMessage];
started = true;
// The rest is loaded only now: until the watch is on, a parent that dies would leave this process behind.
const run = job.simulation ? (await import('./simulated.js')).runSimulated : (await import('./trial.js')).runTraining;
const result = await run(job, {
  cacheFolder,
  shards,
  signal: stop.signal,
  onEvent: (event) => send({ type: 'event', event }),
});
if (stop.signal.aborted) process.exit(terminatedCode);
await send({ type: 'result', result });
callOff();
process.exit(0);

/** Resolves once the message is with the operating system. A channel that is closed is the watchdog's affair. */
function send(message: TrialMessage): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(message, undefined, undefined, () => resolve());
  });
}
