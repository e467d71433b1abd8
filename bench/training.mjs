/**
 * Images a second that each engine and each peer trains: the same networks, batch, loss and optimiser step, in rounds that take turns, so
 * that a machine whose speed wavers slows all of them alike. Every competitor is a process that stays for all rounds of a network and has
 * warmed up before the first.
 *
 *   node bench/training.mjs [--networks a,b] [--engines wasm,pytorch] [--threads 1] [--rounds 5] [--round-ms 1000] [--clock wall] [--out FILE]
 *
 * Prints a JSON list, one entry per network and engine, and merges it into the file named after `--out`: entries of the same network,
 * engine and threads are replaced. `--clock processor` counts the seconds that the processor gave to a competitor, for one thread on a
 * machine that is not free. `imagesPerSecond` is the median of the rounds, `best` the fastest round, `ratioToPyTorch` the median of
 * the ratios to PyTorch (eager, channels_last) within a round, `peakBytes` the peak of the process's resident memory.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { graphCost } from '../dist/search/cost/counts.js';
import { circumstances, median } from './machine.mjs';
import { Competitor } from './training/competitor.mjs';
import { benchNetwork, networkNames } from './training/networks.mjs';

const { values: options } = parseArgs({
  options: {
    networks: { type: 'string', default: networkNames.join() },
    engines: { type: 'string', default: 'wasm,tensorflow,webgpu,pytorch,pytorch-compile,keras' },
    threads: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '5' },
    'round-ms': { type: 'string', default: '1000' },
    clock: { type: 'string', default: 'wall' },
    out: { type: 'string' },
  },
});
const threads = Number(options.threads);
const rounds = Number(options.rounds);
const roundMs = Number(options['round-ms']);
const clocks = { wall: ({ seconds }) => seconds, processor: ({ processorSeconds }) => processorSeconds };
const secondsOf = clocks[options.clock];
if (!secondsOf) throw new Error(`--clock: expected wall or processor, got ${options.clock}`);

const entries = [];
for (const networkName of options.networks.split(',')) entries.push(...(await benchOne(networkName)));
process.stdout.write(`${JSON.stringify(entries, null, 2)}\n`);
if (options.out) merge(options.out, entries);

/** All competitors on one network. */
async function benchOne(networkName) {
  const described = benchNetwork(networkName);
  const { graph, batch } = described;
  const { macs, params } = graphCost(graph);
  const competitors = [];
  for (const name of options.engines.split(',')) {
    // One after the other: what warms up or compiles must not slow what does the same beside it.
    const competitor = new Competitor(name, networkName, described, threads);
    const about = await competitor.ready();
    if (about.missing) {
      note(`${networkName}: without ${name}: ${about.missing}`);
      continue;
    }
    if (about.params !== params)
      throw new Error(`${name} built ${about.params} parameters of ${networkName}, not ${params}`);
    competitors.push({ competitor, about, rounds: [] });
    note(`${networkName}: ${name} ${about.engineVersion} is ready`);
  }
  for (let round = 0; round < rounds; round++)
    for (const one of competitors) one.rounds.push(await one.competitor.round(roundMs));
  for (const { competitor } of competitors) competitor.end();
  const speeds = new Map(
    competitors.map(({ competitor, rounds }) => [
      competitor.name,
      rounds.map((round) => round.images / secondsOf(round)),
    ]),
  );
  const peer = speeds.get('pytorch');
  return competitors.map(({ competitor: { name }, about, rounds: measured }) => {
    const perSecond = speeds.get(name);
    const imagesPerSecond = median(perSecond);
    const ratio = peer ? median(perSecond.map((speed, i) => speed / peer[i])) : null;
    const entry = {
      network: networkName,
      engine: name,
      engineVersion: about.engineVersion,
      threads,
      batch,
      imagesPerSecond: rounded(imagesPerSecond, 1),
      best: rounded(Math.max(...perSecond), 1),
      // Backward costs twice as much as forward, and a multiply-add is two operations.
      gigaflops: rounded((imagesPerSecond * macs * 3 * 2) / 1e9, 1),
      ratioToPyTorch: ratio && rounded(ratio, 3),
      peakBytes: Math.max(...measured.map(({ peakBytes }) => peakBytes)),
      rounds,
      clock: options.clock,
      ...circumstances(),
    };
    note(`${networkName}: ${name} ${entry.imagesPerSecond} images/s, ${entry.ratioToPyTorch ?? '–'} × PyTorch`);
    return entry;
  });
}

function merge(file, fresh) {
  const keyOf = ({ network, engine, threads }) => `${network} ${engine} ${threads}`;
  const keys = new Set(fresh.map(keyOf));
  const kept = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).filter((old) => !keys.has(keyOf(old))) : [];
  const all = [...kept, ...fresh].sort((a, b) => networkNames.indexOf(a.network) - networkNames.indexOf(b.network));
  writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`);
}

function rounded(value, digits) {
  return Number(value.toFixed(digits));
}

function note(text) {
  process.stderr.write(`${text}\n`);
}
