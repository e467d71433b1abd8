/**
 * Where the time of a training step on `wasm` goes: per kernel its calls, its share of the step, and GFLOP/s or GB/s beside what the
 * machine can do at most in 128-bit vectors. `elsewhere` is TensorFlow.js itself, its own kernels and JavaScript.
 *
 *   node bench/kernels.mjs [--networks a,b] [--steps 10] [--out FILE]
 *
 * Prints a table, and writes JSON to the file named after `--out`. A step is the one with the median time.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { parse } from '../dist/search/base/parse.js';
import { Random } from '../dist/search/base/random.js';
import { recipeSchema } from '../dist/search/plan/recipe.js';
import { loadBackend } from '../dist/workers/engine/tfjs/index.js';
import { Trainer } from '../dist/workers/engine/tfjs/session/trainer.js';
import { heapOf } from '../dist/workers/engine/tfjs/wasm/heap.js';
import { runtimeOf } from '../dist/workers/engine/tfjs/wasm/runtime.js';
import { KernelClock } from './kernels/clock.mjs';
import { measureLimits } from './kernels/limits.mjs';
import { circumstances } from './machine.mjs';
import { benchNetwork, networkNames } from './training/networks.mjs';

const { values: options } = parseArgs({
  options: {
    networks: { type: 'string', default: networkNames.join() },
    steps: { type: 'string', default: '10' },
    out: { type: 'string' },
  },
});
const engine = await loadBackend('wasm');
const runtime = runtimeOf(tf.backend());
const clock = new KernelClock(runtime, heapOf(runtime.backend));
const limits = measureLimits();
const profiles = [];
for (const name of options.networks.split(','))
  profiles.push({ network: name, ...(await profile(benchNetwork(name))) });
const result = { engineVersion: engine.version, limits, profiles, ...circumstances() };
console.log('limits of one core', limits);
for (const { network, stepMs, kernels } of profiles) {
  console.log(`\n${network}: ${stepMs} ms a step`);
  console.table(kernels, ['kernel', 'calls', 'ms', 'share', 'gigaflops', 'gigabytes']);
}
if (options.out) writeFileSync(options.out, `${JSON.stringify(result, null, 2)}\n`);

async function profile({ graph, network, batch }) {
  const trainer = new Trainer(engine, graph, parse(recipeSchema, { batch, weightDecay: 1e-4 }, 'recipe'), 1);
  const random = new Random(1);
  const [height, width, channels] = graph.input;
  const images = {
    pixels: Float32Array.from({ length: batch * height * width * channels }, () => random.normal()),
    labels: Int32Array.from({ length: batch }, () => random.below(network.classes)),
    count: batch,
  };
  const steps = [];
  // The first ones compile and reserve memory.
  for (let i = -2; i < Number(options.steps); i++) {
    clock.reset();
    const begun = performance.now();
    const loss = await trainer.step(images, i + 2, 0.01);
    loss.dataSync();
    const ms = performance.now() - begun;
    loss.dispose();
    if (i >= 0) steps.push({ ms, kernels: clock.read() });
  }
  trainer.dispose();
  const sorted = steps.sort((a, b) => a.ms - b.ms);
  const { ms, kernels } = sorted[Math.floor((sorted.length - 1) / 2)];
  const inKernels = kernels.reduce((sum, kernel) => sum + kernel.ms, 0);
  const rows = [...kernels, { kernel: 'elsewhere', calls: 1, ms: ms - inKernels }];
  return {
    batch,
    stepMs: Number(ms.toFixed(1)),
    kernels: rows
      .map((row) => ({ ...row, ms: Number(row.ms.toFixed(2)), share: Number((row.ms / ms).toFixed(3)) }))
      .sort((a, b) => b.ms - a.ms),
  };
}
