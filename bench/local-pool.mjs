/**
 * Trials a second of a whole search on this machine whose trials do nothing: planned, stored, queued, simulated, recorded. The first round
 * is a warm-up. Prints one JSON value, and writes it to the file named after `--out`; exits 1 when the rate, the memory or the growth of
 * the time per trial is worse than what is asked for.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runSearch } from '../dist/experiments/run/search-run.js';
import { simulationSchema } from '../dist/search/simulation/simulation.js';
import { planOf } from './tiny-plan.mjs';

const fewestPerSecond = 5000;
const mostBytes = 500e6;
/** Of the time per trial, from the smallest search to the largest. */
const mostGrowth = 1.5;
const sizes = [1000, 1000, 10_000, 100_000];

const { out } = parseArgs({ options: { out: { type: 'string' } } }).values;
const folder = mkdtempSync(path.join(tmpdir(), 'triscale-bench-'));
const rounds = [];
try {
  for (const [round, trials] of sizes.entries()) {
    const storeFile = path.join(folder, `${round}.sqlite`);
    const plan = planOf(trials);
    const start = performance.now();
    const end = await runSearch({
      plan,
      simulation: simulationSchema.parse({}),
      storeFile,
      workers: 2,
      cacheFolder: folder,
    });
    const seconds = (performance.now() - start) / 1000;
    if (end.trials.completed !== trials) throw new Error(`${end.trials.completed} of ${trials} trials completed`);
    if (round > 0) rounds.push({ trials, seconds, perSecond: Math.round(trials / seconds) });
  }
} finally {
  rmSync(folder, { recursive: true });
}

const [smallest] = rounds;
const largest = rounds.at(-1);
const result = {
  rounds: rounds.map((round) => ({ ...round, seconds: Number(round.seconds.toFixed(2)) })),
  growth: Number((smallest.perSecond / largest.perSecond).toFixed(2)),
  peakBytes: process.resourceUsage().maxRSS * 1024,
  machine: `${cpus()[0]?.model}, ${cpus().length} threads, Node ${process.version}`,
  commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
  date: new Date().toISOString(),
};
const text = JSON.stringify(result, null, 2);
console.log(text);
if (out) writeFileSync(out, `${text}\n`);
const slow = rounds.some(({ perSecond }) => perSecond < fewestPerSecond);
if (slow || result.growth > mostGrowth || result.peakBytes > mostBytes) process.exitCode = 1;
