/**
 * What the farm costs beside BullMQ alone: trials a second of a search whose trials do nothing, over the jobs a second that a bare queue moves
 * between as many processes on the same Redis, in turns; once with jobs of which nothing is heard again, and once with jobs whose results come
 * back to where they were queued. Then searches of 1,000 and 100,000 trials on the farm: time per trial and
 * memory of the coordinator. Prints one JSON value, and writes it to the file named after `--out`; exits 1 when a figure is
 * worse than what is asked for. `--part ratio|growth` measures one of the two.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';

const leastRatio = 0.8;
const mostBytes = 500e6;
/** Of the time per trial, from 1,000 trials to 100,000. */
const mostGrowth = 1.5;

const { out, part, rounds, trials, slots } = parseArgs({
  options: {
    out: { type: 'string' },
    part: { type: 'string', default: 'both' },
    rounds: { type: 'string', default: '5' },
    trials: { type: 'string', default: '10000' },
    slots: { type: 'string', default: '32' },
  },
}).values;
const concurrency = Number(slots);
const folder = mkdtempSync(path.join(tmpdir(), 'triscale-bench-'));
const port = await freePort();
const server = spawn('redis-server', ['--port', port, '--bind', '127.0.0.1', '--save', '', '--dir', folder], {
  stdio: 'ignore',
});
const redis = new Redis(port, '127.0.0.1', { maxRetriesPerRequest: null }).on('error', () => {});
await redis.ping();
let measured = 0;
const result = {};
try {
  if (part !== 'growth') Object.assign(result, await ratio());
  if (part !== 'ratio') Object.assign(result, await growth());
} finally {
  redis.disconnect();
  server.kill('SIGKILL');
  await once(server, 'exit');
  rmSync(folder, { recursive: true });
}
Object.assign(result, {
  machine: `${cpus()[0]?.model}, ${cpus().length} threads, Node ${process.version}`,
  commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
  date: new Date().toISOString(),
});
const json = JSON.stringify(result, null, 2);
console.log(json);
if (out) writeFileSync(out, `${json}\n`);
const isWorse =
  result.ratio < leastRatio ||
  result.growth?.timePerTrial > mostGrowth ||
  result.growth?.coordinatorPeakBytes > mostBytes;
if (isWorse) process.exitCode = 1;

/** Rounds in turns, after one of each that does not count; the ratio is that of the medians. */
async function ratio() {
  const bare = [];
  const bareWithResults = [];
  const farm = [];
  for (let round = 0; round <= Number(rounds); round++) {
    const count = Number(trials);
    const each = [
      await measure('bare', count),
      await measure('bare', count, { results: true }),
      await measure('farm', count),
    ];
    if (round === 0) continue;
    [bare, bareWithResults, farm].forEach((figures, i) => {
      figures.push(each[i]);
    });
  }
  const perSecond = (figures) => figures.map(({ seconds }) => Math.round(Number(trials) / seconds));
  return {
    slots: concurrency,
    trials: Number(trials),
    ratio: round3(median(perSecond(farm)) / median(perSecond(bare))),
    ratioWithResults: round3(median(perSecond(farm)) / median(perSecond(bareWithResults))),
    bareWithResults: { perSecond: perSecond(bareWithResults), ...cpuOf(bareWithResults) },
    bare: { perSecond: perSecond(bare), ...cpuOf(bare) },
    farm: { perSecond: perSecond(farm), ...cpuOf(farm) },
  };
}

async function growth() {
  await measure('farm', 1000);
  const secondsOf = ({ queueSide }) => queueSide.withPlanSeconds;
  const small = [];
  for (let round = 0; round < 5; round++) small.push(await measure('farm', 1000));
  const large = await measure('farm', 100_000);
  const msPerTrial = { 1000: median(small.map(secondsOf)), 100000: secondsOf(large) / 100 };
  return {
    growth: {
      msPerTrial: { 1000: round3(msPerTrial[1000]), 100000: round3(msPerTrial[100000]) },
      timePerTrial: round3(msPerTrial[100000] / msPerTrial[1000]),
      coordinatorPeakBytes: large.queueSide.peakBytes,
    },
  };
}

/** Runs so many trials through a worker and a coordinator, or through a bare worker and queue, in fresh processes. */
async function measure(kind, count, more = {}) {
  await redis.flushall();
  const name = `bench${measured++}`;
  const options = {
    port,
    name,
    slots: concurrency,
    trials: count,
    storeFile: path.join(folder, `${name}.sqlite`),
    ...more,
  };
  const worker = start(`${kind}-worker`, options);
  await once(createInterface({ input: worker.stdout }), 'line');
  const redisBefore = await redisCpu();
  const queueSide = await figuresOf(start(kind === 'farm' ? 'farm-run' : 'bare-queue', options));
  const redisSeconds = (await redisCpu()) - redisBefore;
  const workerFigures = figuresOf(worker);
  worker.stdin.end();
  return { seconds: queueSide.seconds, queueSide, workerSide: await workerFigures, redisSeconds };
}

function start(side, options) {
  const program = fileURLToPath(new URL('./farm-process.mjs', import.meta.url));
  const flags = process.env.BENCH_NODE_FLAGS?.split(' ') ?? [];
  return spawn(process.execPath, [...flags, program, side, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

/** The last line that a process prints. */
async function figuresOf(child) {
  const lines = (await text(child.stdout)).trim().split('\n');
  return JSON.parse(lines.at(-1));
}

/** CPU time per trial of each process, milliseconds. */
function cpuOf(figures) {
  const per = (pick) => round3((1000 * median(figures.map(pick))) / Number(trials));
  return {
    cpuMsPerTrial: {
      queueSide: per(({ queueSide }) => queueSide.cpuSeconds),
      workerSide: per(({ workerSide }) => workerSide.cpuSeconds),
      redis: per(({ redisSeconds }) => redisSeconds),
    },
  };
}

async function redisCpu() {
  const info = await redis.info('cpu');
  const field = (name) => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1]);
  return field('used_cpu_user') + field('used_cpu_sys');
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

function round3(value) {
  return Number(value.toFixed(3));
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port: free } = probe.address();
  probe.close();
  return String(free);
}
