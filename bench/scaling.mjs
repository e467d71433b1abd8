/**
 * What a second core brings: images a second of one training on one thread, of two such trainings at once, as two workers have them, and
 * of one training that splits its batches over two threads. With peers beside it, the figures say what the machine has to give. All
 * rounds of a network take turns; the figures are medians, ratios those within a round. A measurement during which other processes took
 * the processor is made again, up to six times, and the least disturbed counts; `coresOfOthers` is the most that they had in one that
 * counts. Prints one JSON value, and writes it to the file named after `--out`; exits 1 when a ratio of ours is
 * worse than what is asked for.
 *
 *   node bench/scaling.mjs [--networks a,b] [--engines wasm,pytorch] [--rounds 5] [--round-ms 2000] [--warm-up-ms 4000] [--out FILE]
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { circumstances, median } from './machine.mjs';
import { Competitor } from './training/competitor.mjs';
import { benchNetwork } from './training/networks.mjs';

const { values: options } = parseArgs({
  options: {
    networks: { type: 'string', default: 'mbconv-tiny,efficientnet-b0-small' },
    engines: { type: 'string', default: 'wasm,pytorch' },
    rounds: { type: 'string', default: '5' },
    'round-ms': { type: 'string', default: '2000' },
    // Before that compilers are still at work, and take processor time from the trainings.
    'warm-up-ms': { type: 'string', default: '4000' },
    out: { type: 'string' },
  },
});
const asked = { engine: 'wasm', twoWorkers: 1.8, twoThreads: 1.6 };
const roundMs = Number(options['round-ms']);
/** Processor seconds of others in a second of a measurement, above which it is made again, and how often it is made at most. */
const mostOfOthers = 0.05;
const mostTries = 6;
let coresOfOthers = 0;

const networks = [];
for (const name of options.networks.split(',')) networks.push(...(await measure(name)));
const met = networks
  .filter(({ engine }) => engine === asked.engine)
  .every(({ twoWorkers, twoThreads }) => twoWorkers >= asked.twoWorkers && twoThreads >= asked.twoThreads);
const text = JSON.stringify(
  { asked, met, networks, coresOfOthers: rounded(coresOfOthers), ...circumstances() },
  null,
  2,
);
process.stdout.write(`${text}\n`);
if (options.out) writeFileSync(options.out, `${text}\n`);
process.exitCode = met ? 0 : 1;

/** An entry for each engine. */
async function measure(networkName) {
  const described = benchNetwork(networkName);
  const contestants = [];
  for (const engine of options.engines.split(',')) {
    const [one, other, split] = [1, 1, 2].map((threads) => new Competitor(engine, networkName, described, threads));
    let missing;
    for (const competitor of [one, other, split]) missing ??= (await competitor.ready()).missing;
    if (missing === undefined) contestants.push({ engine, one, other, split, rounds: [] });
    else if (engine === asked.engine) throw new Error(missing);
    else process.stderr.write(`without ${engine}: ${missing}\n`);
  }
  for (const { one, other, split } of contestants) {
    await Promise.all([one, other].map((competitor) => competitor.round(Number(options['warm-up-ms']))));
    await split.round(Number(options['warm-up-ms']));
  }
  for (let i = 0; i < Number(options.rounds); i++)
    for (const { one, other, split, rounds } of contestants)
      rounds.push({ alone: await speed(one), workers: await speed(one, other), threads: await speed(split) });
  for (const { one, other, split } of contestants) for (const competitor of [one, other, split]) competitor.end();
  return contestants.map(({ engine, rounds }) => ({
    network: networkName,
    engine,
    batch: described.batch,
    imagesPerSecond: Object.fromEntries(
      ['alone', 'workers', 'threads'].map((key) => [key, rounded(median(rounds.map((round) => round[key])))]),
    ),
    twoWorkers: rounded(median(rounds.map(({ alone, workers }) => workers / alone))),
    twoThreads: rounded(median(rounds.map(({ alone, threads }) => threads / alone))),
  }));
}

/** Images a second of competitors at once, and the cores that others had meanwhile: of the measurement that they disturbed least. */
async function speed(...competitors) {
  let least = { others: Number.POSITIVE_INFINITY };
  for (let tries = 0; tries < mostTries && least.others > mostOfOthers; tries++) {
    const begun = { busy: busySeconds(), ms: performance.now() };
    const rounds = await Promise.all(competitors.map((competitor) => competitor.round(roundMs)));
    const own = sum(rounds.map(({ processorSeconds }) => processorSeconds));
    const others = (busySeconds() - begun.busy - own) / ((performance.now() - begun.ms) / 1000);
    if (others < least.others) least = { others, images: sum(rounds.map(({ images, seconds }) => images / seconds)) };
  }
  coresOfOthers = Math.max(coresOfOthers, least.others);
  return least.images;
}

/** Processor time that all processes of the machine have had. */
function busySeconds() {
  return sum(cpus().map(({ times: { user, nice, sys, irq } }) => user + nice + sys + irq)) / 1000;
}

function sum(values) {
  return values.reduce((a, b) => a + b, 0);
}

function rounded(value) {
  return Number(value.toFixed(2));
}
