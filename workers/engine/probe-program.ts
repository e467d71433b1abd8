import { InputError } from '../../search/errors.js';
import { loadEngine } from './index.js';
import type { ProbeMessage } from './probe.js';
import { sampleCost } from './sample-network.js';
import { SampleTraining } from './sample-training.js';

/** The program of the child process that tries one engine, given by name: writes a `ProbeMessage` to standard output. */
const [name = ''] = process.argv.slice(2);
const probeMs = 2000;
/** The reference engine needs more than a second for one image. */
const batch = name === 'cpu' ? 1 : 32;

async function probe(): Promise<ProbeMessage> {
  const engine = await loadEngine(name);
  const training = new SampleTraining(engine, batch);
  await checked(training);
  const begun = performance.now();
  let images = 0;
  let elapsedMs = 0;
  while (elapsedMs < probeMs) {
    await checked(training);
    images += batch;
    elapsedMs = performance.now() - begun;
  }
  training.dispose();
  const imagesPerSecond = (images / elapsedMs) * 1000;
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

async function checked(training: SampleTraining): Promise<void> {
  const loss = await training.step();
  if (!Number.isFinite(loss)) throw new Error(`the loss of a training step is ${loss}`);
}

const message = await probe().catch((error: unknown): ProbeMessage => {
  if (error instanceof InputError) return { works: false, reason: error.message };
  throw error;
});
process.stdout.write(`${JSON.stringify(message)}\n`);
