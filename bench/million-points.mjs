/**
 * A million grid points enumerated, costed and merged: α, β, γ from 1 to 1.99 in steps of 0.01 around EfficientNet-B0, none turned away.
 * Prints one JSON value, and writes it to the file named after `--out`; exits 1 when it takes over a minute or over 2 GB.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { resolveNetwork } from '../dist/search/network/presets.js';
import { parseExperiment } from '../dist/search/plan/experiment.js';
import { makePlan } from '../dist/search/plan/plan.js';
import { planSummary } from '../dist/search/plan/plan-summary.js';

const mostSeconds = 60;
const mostBytes = 2e9;

const { out } = parseArgs({ options: { out: { type: 'string' } } }).values;
const range = { from: 1, to: 1.99, step: 0.01 };
const spec = parseExperiment({
  name: 'million-points',
  question: 'How long does a plan of a million points take?',
  baseline: 'efficientnet-b0',
  data: { source: 'shapes' },
  grid: { alpha: range, beta: range, gamma: range, tolerance: 1000 },
});

const start = performance.now();
const plan = makePlan(spec, resolveNetwork('efficientnet-b0'));
const seconds = (performance.now() - start) / 1000;
const peakBytes = process.resourceUsage().maxRSS * 1024;
const { points, networks, realised } = planSummary(plan);

const result = {
  points,
  networks,
  realised,
  seconds: Number(seconds.toFixed(2)),
  peakBytes,
  machine: `${cpus()[0]?.model}, ${cpus().length} threads, Node ${process.version}`,
  commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
  date: new Date().toISOString(),
};
const text = JSON.stringify(result, null, 2);
console.log(text);
if (out) writeFileSync(out, `${text}\n`);
if (points !== 1_000_000 || seconds > mostSeconds || peakBytes > mostBytes) process.exitCode = 1;
