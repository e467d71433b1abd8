// Workers in a process of their own, for tests that kill it: `node farm-worker-process.mjs OPTIONS.json`. It says their ids when they have joined.
import { readFileSync } from 'node:fs';
import { FarmWorker } from '../../dist/workers/executors/farm/worker.js';
import { runSimulated } from '../../dist/workers/trial/simulated.js';
import { runTrial } from '../../dist/workers/trial/spawn.js';

const {
  slots,
  cacheFolder,
  checkpoints,
  poison,
  inProcess,
  refuses,
  clockShiftMs,
  count = 1,
  ...options
} = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const run = (job, run) => {
  if (job.seed === poison) process.kill(process.pid, 'SIGKILL');
  return inProcess ? runSimulated(job, run) : runTrial(job, { cacheFolder, ...run });
};
const admit = async (job) =>
  refuses
    ? { refused: `by a worker whose clock is ${clockShiftMs} ms ahead` }
    : { job: { ...job, checkpointFolder: `${checkpoints}/${job.trialId}` } };
const workers = Array.from(
  { length: count },
  () => new FarmWorker({ ...options, slots: new Array(slots).fill(run), admit }),
);
await Promise.all(workers.map((worker) => worker.start()));
process.on('SIGTERM', () => Promise.all(workers.map((worker) => worker.close())).then(() => process.exit(0)));
process.stdout.write(`${workers.map(({ id }) => id).join(' ')}\n`);
