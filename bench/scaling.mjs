/**
 * What a second core brings on `wasm`: images a second of one training on one thread, of two such trainings at once, as two workers have
 * them, and of one training that splits its batches over two threads. Rounds take turns; the figures are medians of the ratios within a
 * round. Prints one JSON value, and writes it to the file named after `--out`; exits 1 when a ratio is worse than what is asked for.
 *
 *   node bench/scaling.mjs [--networks a,b] [--rounds 5] [--round-ms 2000] [--out FILE]
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { circumstances, median } from './machine.mjs';
import { Competitor } from './training/competitor.mjs';
import { benchNetwork } from './training/networks.mjs';

const { values: options } = parseArgs({
  options: {
    networks: { type: 'string', default: 'mbconv-tiny,efficientnet-b0-small' },
    rounds: { type: 'string', default: '5' },
    'round-ms': { type: 'string', default: '2000' },
    out: { type: 'string' },
  },
});
const asked = { twoWorkers: 1.8, twoThreads: 1.6 };
const roundMs = Number(options['round-ms']);

const networks = [];
for (const name of options.networks.split(',')) networks.push(await measure(name));
const met = networks.every(
  ({ twoWorkers, twoThreads }) => twoWorkers >= asked.twoWorkers && twoThreads >= asked.twoThreads,
);
const text = JSON.stringify({ asked, met, networks, ...circumstances() }, null, 2);
console.log(text);
if (options.out) writeFileSync(options.out, `${text}\n`);
process.exitCode = met ? 0 : 1;

async function measure(name) {
  const described = benchNetwork(name);
  const [one, other, split] = [1, 1, 2].map((threads) => new Competitor('wasm', name, described, threads));
  for (const competitor of [one, other, split]) {
    const { missing } = await competitor.ready();
    if (missing) throw new Error(missing);
  }
  const speed = async (...competitors) => {
    const rounds = await Promise.all(competitors.map((competitor) => competitor.round(roundMs)));
    return rounds.reduce((sum, { images, seconds }) => sum + images / seconds, 0);
  };
  const rounds = [];
  for (let i = 0; i < Number(options.rounds); i++)
    rounds.push({ alone: await speed(one), workers: await speed(one, other), threads: await speed(split) });
  for (const competitor of [one, other, split]) competitor.end();
  const rounded = (value) => Number(value.toFixed(2));
  return {
    network: name,
    batch: described.batch,
    imagesPerSecond: Object.fromEntries(
      ['alone', 'workers', 'threads'].map((key) => [key, rounded(median(rounds.map((round) => round[key])))]),
    ),
    twoWorkers: rounded(median(rounds.map(({ alone, workers }) => workers / alone))),
    twoThreads: rounded(median(rounds.map(({ alone, threads }) => threads / alone))),
  };
}
