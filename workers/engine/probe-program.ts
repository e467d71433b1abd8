import { InputError } from '../../search/base/errors.js';
import type { Engine } from './engine.js';
import { loadEngine } from './index.js';
import type { ProbeMessage } from './probe.js';
import { SampleTraining, sampleCost } from './sample.js';

/** The program of the child process that tries one engine, given by name: writes a `ProbeMessage` to standard output. */
const [name = ''] = process.argv.slice(2);
const probeMs = 2000;
/** Images a step. */
const usualBatch = 32;

async function probe(): Promise<ProbeMessage> {
  const engine = await loadEngine(name);
  const imagesPerSecond = await measure(engine);
  const { name: engineName, version, device } = engine;
  // Backward costs twice as much as forward, and a multiply-add is two operations.
  return {
    works: true,
    engine: engineName,
    version,
    device,
    imagesPerSecond,
    gigaflops: (imagesPerSecond * sampleCost.macs * 3 * 2) / 1e9,
  };
}

/** Images a second: of steps of the usual batch, but of 1 image on an engine that would take longer than two probes for one such step. */
async function measure(engine: Engine): Promise<number> {
  const slow = await withTraining(engine, 1, async (training) => {
    const roughly = await speed(training, 1, 0);
    const isSlow = usualBatch / roughly > (2 * probeMs) / 1000;
    return isSlow ? speed(training, 1, probeMs) : null;
  });
  return slow ?? withTraining(engine, usualBatch, (training) => speed(training, usualBatch, probeMs));
}

/** Lends a training that has taken its first step, which also compiles shaders and fills caches. */
async function withTraining<T>(engine: Engine, batch: number, use: (training: SampleTraining) => Promise<T>) {
  const training = await SampleTraining.open(engine, batch);
  try {
    await checked(training);
    return await use(training);
  } finally {
    await training.close();
  }
}

/** Images a second of steps of `batch` images that take at least `ms` together. */
async function speed(training: SampleTraining, batch: number, ms: number): Promise<number> {
  const begun = performance.now();
  let images = 0;
  let elapsedMs: number;
  do {
    await checked(training);
    images += batch;
    elapsedMs = performance.now() - begun;
  } while (elapsedMs < ms);
  return (images / elapsedMs) * 1000;
}

async function checked(training: SampleTraining): Promise<void> {
  const loss = await training.step();
  if (!Number.isFinite(loss)) throw new Error(`the loss of a training step is ${loss}`);
}

const message = await probe().catch((error: unknown): ProbeMessage => {
  if (error instanceof InputError) return { works: false, reason: error.message };
  throw error;
});
process.stdout.write(`${JSON.stringify(message)}\n`);
