/**
 * One side of the bench of the farm, in a process of its own: `node farm-process.mjs SIDE OPTIONS`. It prints a line when it is ready, and
 * one JSON value with what it took at its end; a worker ends when its standard input does.
 */
import { once } from 'node:events';
import { Queue, QueueEvents, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { runSearch } from '../dist/experiments/run/search-run.js';
import { simulationSchema } from '../dist/search/simulation/simulation.js';
import { resultOf } from '../dist/workers/executors/contract.js';
import { farmClocks } from '../dist/workers/executors/farm/settings.js';
import { FarmWorker } from '../dist/workers/executors/farm/worker.js';
import { planOf } from './tiny-plan.mjs';

const addedAtOnce = 256;
const [, , side, text] = process.argv;
const { port, name, slots, trials, storeFile, results } = JSON.parse(text);
const address = { host: '127.0.0.1', port, db: 0, tls: false, username: null, password: null };
const connection = new Redis({ ...address, maxRetriesPerRequest: null });
const epoch = { epoch: 1, trainLoss: 1, validationLoss: 1, validationAccuracy: 0.5, learningRate: 0.1 };
const completed = {
  state: 'completed',
  validationAccuracy: 0.5,
  validationLoss: 1,
  confusion: Array.from({ length: 12 }, (_, i) => Array.from({ length: 12 }, (_, j) => (i === j ? 50 : 0))),
  epochs: [{ ...epoch, wallMs: 0, imagesPerSecond: 0 }],
  trainableParams: 1000,
  peakBytes: 1000,
  wallMs: 0,
  datasetDigest: 'none',
  provenance: { host: 'bench', pid: process.pid, engine: 'none', engineVersion: '1', device: 'none' },
};
const sides = { 'bare-worker': bareWorker, 'bare-queue': bareQueue, 'farm-worker': farmWorker, 'farm-run': farmRun };
const before = process.cpuUsage();
const figures = await sides[side]();
const { user, system } = process.cpuUsage(before);
console.log(
  JSON.stringify({ ...figures, cpuSeconds: (user + system) / 1e6, peakBytes: process.resourceUsage().maxRSS * 1024 }),
);
process.exit(0);

/** BullMQ alone: jobs that do nothing, with the locks of a farm's; with `results`, each returns what a trial would. */
async function bareWorker() {
  const returned = results ? resultOf(jobOf(planOf(1000)), completed) : undefined;
  const worker = new Worker(name, async () => returned, {
    connection,
    concurrency: slots,
    lockDuration: farmClocks.lockMs,
    stalledInterval: farmClocks.stalledCheckMs,
    removeOnComplete: { count: 0 },
  });
  await worker.waitUntilReady();
  await untilTold();
  await worker.close(true);
}

/**
 * Adds jobs as large as a farm's, and waits until the worker has ended them all. With `results` it hears what each has returned, and
 * does nothing with it.
 */
async function bareQueue() {
  const queue = new Queue(name, { connection });
  const data = { search: 'bench', job: jobOf(planOf(1000)) };
  await queue.waitUntilReady();
  let left = results ? trials : 0;
  const events = results ? new QueueEvents(name, { connection: connection.duplicate() }) : null;
  events?.on('completed', ({ returnvalue }) => {
    if (returnvalue.outcome.state === 'completed') left--;
  });
  await events?.waitUntilReady();
  const begun = performance.now();
  for (let from = 0; from < trials; from += addedAtOnce)
    await queue.addBulk(
      Array.from({ length: Math.min(addedAtOnce, trials - from) }, (_, i) => ({
        name: 'trial',
        data,
        opts: { jobId: `t-${from + i}`, removeOnComplete: true, removeOnFail: true },
      })),
    );
  for (;;) {
    const { wait, active } = await queue.getJobCounts('wait', 'active');
    if (wait + active + left === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return { seconds: (performance.now() - begun) / 1000 };
}

/** Its trials do nothing: they say nothing on their way, and their result is there at once. */
async function farmWorker() {
  const nothing = async (job) => resultOf(job, completed);
  const worker = new FarmWorker({ address, namespace: name, slots: new Array(slots).fill(nothing) });
  await worker.start();
  await untilTold();
  await worker.close();
}

/** A whole search: planned, stored, queued, taken by the worker, recorded. */
async function farmRun() {
  const begun = performance.now();
  const plan = planOf(trials);
  const planned = performance.now();
  const { trials: states } = await runSearch({
    plan,
    simulation: simulationSchema.parse({}),
    storeFile,
    workers: 1,
    cacheFolder: '/nowhere',
    farm: { address, namespace: name },
  });
  if (states.completed !== trials) throw new Error(`${states.completed} of ${trials} trials completed`);
  const ended = performance.now();
  return { seconds: (ended - planned) / 1000, withPlanSeconds: (ended - begun) / 1000 };
}

/** A job of this plan, as a coordinator makes it. */
function jobOf({ networks: [{ id, network }], recipe, dataset }) {
  return {
    protocol: 1,
    trialId: 'f'.repeat(16),
    networkId: id,
    attempt: 1,
    token: 'f'.repeat(36),
    network,
    recipe,
    dataset,
    datasetDigest: 'simulated',
    seed: 2 ** 31,
    engine: 'auto',
    checkpointFolder: '/nowhere',
    timeLimitMs: null,
    pauseAfterEpoch: null,
    simulation: { spec: simulationSchema.parse({}), costRatio: 1, multipliers: { depth: 1, width: 1, resolution: 1 } },
  };
}

async function untilTold() {
  console.log('ready');
  process.stdin.resume();
  await once(process.stdin, 'end');
}
