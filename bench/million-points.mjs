/**
 * A million grid points enumerated, costed and merged: α, β, γ from 1 to 1.99 in steps of 0.01 around EfficientNet-B0, none turned away.
 * Prints one JSON value; exits 1 when it takes over a minute or over 2 GB.
 */
import { cpus } from 'node:os';
import { parseExperiment } from '../dist/search/experiment.js';
import { makePlan } from '../dist/search/plan.js';
import { planSummary } from '../dist/search/plan-summary.js';
import { resolveNetwork } from '../dist/search/presets.js';

const mostSeconds = 60;
const mostBytes = 2e9;

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

console.log(
  JSON.stringify({
    points,
    networks,
    realised,
    seconds: Number(seconds.toFixed(2)),
    peakBytes,
    node: process.version,
    cpu: cpus()[0]?.model,
  }),
);
if (points !== 1_000_000 || seconds > mostSeconds || peakBytes > mostBytes) process.exitCode = 1;
