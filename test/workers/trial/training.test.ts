import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { graphCost } from '../../../search/cost/counts.js';
import { noSaving } from '../../../search/cost/saving.js';
import { networkId } from '../../../search/network/architecture.js';
import { mbconvTiny } from '../../../search/network/catalogue/small-images.js';
import { expand } from '../../../search/network/graph.js';
import { datasetSchema } from '../../../search/plan/dataset.js';
import { recipeSchema } from '../../../search/plan/recipe.js';
import type { TrialOutcome } from '../../../search/plan/trial.js';
import { shapeClasses } from '../../../workers/data/sources/shapes/index.js';
import { protocolVersion, type TrialEvent, type TrialJob } from '../../../workers/executors/contract.js';
import { runTrial } from '../../../workers/trial/spawn.js';

const network = { ...mbconvTiny, resolutionPx: 16, classes: shapeClasses.length };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'triscale-trial-'));
});
afterEach(() => rm(folder, { recursive: true }));

function job(fields: Partial<TrialJob> = {}): TrialJob {
  return {
    protocol: protocolVersion,
    trialId: 'trial',
    networkId: networkId(network),
    attempt: 1,
    token: 'token',
    network,
    recipe: recipeSchema.parse({ epochs: 3, batch: 32, learningRate: 0.05, emaDecay: 0.9 }),
    dataset: datasetSchema.parse({ source: 'shapes', train: 192, validation: 48, test: 12 }),
    datasetDigest: null,
    seed: 3,
    saving: noSaving,
    engine: 'wasm',
    checkpointFolder: path.join(folder, 'checkpoints'),
    timeLimitMs: null,
    pauseAfterEpoch: null,
    simulation: null,
    ...fields,
  };
}

async function run(one: TrialJob, watch: (event: TrialEvent, abort: () => void) => void = () => {}, shards = 1) {
  const controller = new AbortController();
  const events: TrialEvent[] = [];
  const { outcome } = await runTrial(one, {
    cacheFolder: path.join(folder, 'cache'),
    shards,
    signal: controller.signal,
    onEvent: (event) => {
      events.push(event);
      watch(event, () => controller.abort());
    },
  });
  return { outcome, events };
}

/** Of a completed trial, what does not depend on how fast the machine is. */
function numbersOf(outcome: TrialOutcome) {
  if (outcome.state !== 'completed') throw new Error(`expected a completed trial, got ${JSON.stringify(outcome)}`);
  const { validationAccuracy, validationLoss, confusion, mistakes, trainableParams, datasetDigest } = outcome;
  const epochs = outcome.epochs.map(({ wallMs: _wall, imagesPerSecond: _speed, ...rest }) => rest);
  return { validationAccuracy, validationLoss, confusion, mistakes, trainableParams, datasetDigest, epochs };
}

describe('a trial in its process', () => {
  it('trains, is killed or cancelled in its midst, and goes on to the same numbers', async () => {
    const whole = await run(job({ checkpointFolder: path.join(folder, 'other') }));
    const numbers = numbersOf(whole.outcome);
    expect(numbers.trainableParams).toBe(graphCost(expand(network)).params);
    expect(numbers.epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    expect(numbers.confusion.flat().reduce((sum, images) => sum + images, 0)).toBe(48);
    const wrong = Math.round(48 * (1 - numbers.validationAccuracy));
    expect(numbers.mistakes).toHaveLength(Math.min(wrong, 48));
    for (const { image, truth, predicted } of numbers.mistakes ?? []) {
      expect(image).toBeLessThan(48);
      expect(numbers.confusion[truth]?.[predicted]).toBeGreaterThan(0);
    }
    expect(whole.events.filter(({ type }) => type !== 'progress').map(({ type }) => type)).toEqual([
      'started',
      'epoch',
      'epoch',
      'epoch',
    ]);

    const [begun] = whole.events;
    expect(begun?.type === 'started' && begun.provenance.engineVersion).toMatch(/relaxed/);

    let pid = 0;
    const killed = await run(job(), (event) => {
      if (event.type === 'started') pid = event.provenance.pid;
      if (event.type === 'epoch' && event.metrics.epoch === 1) process.kill(pid, 'SIGKILL');
    });
    expect(['lost', 'oom']).toContain(killed.outcome.state);
    expect(await readdir(path.join(folder, 'checkpoints'))).toContain('last.checkpoint');

    const cancelled = await run(job({ attempt: 2 }), (event, abort) => {
      if (event.type === 'started') expect(event.resumedAtEpoch).toBeGreaterThanOrEqual(1);
      if (event.type === 'epoch') abort();
    });
    expect(cancelled.outcome).toEqual({ state: 'cancelled' });

    const resumed = await run(job({ attempt: 3, datasetDigest: numbers.datasetDigest }));
    const [started] = resumed.events;
    expect(started?.type === 'started' && started.resumedAtEpoch).toBeGreaterThanOrEqual(2);
    expect(numbersOf(resumed.outcome)).toEqual(numbers);
  });

  it('shares its batches among several threads, says so, and is the same when it is run again', async () => {
    const runs = [];
    for (const folderName of ['one', 'other']) {
      const own = job({ checkpointFolder: path.join(folder, folderName), recipe: { ...job().recipe, epochs: 1 } });
      runs.push(await run(own, undefined, 2));
    }
    const [first, second] = runs as [(typeof runs)[0], (typeof runs)[0]];
    expect(numbersOf(second.outcome)).toEqual(numbersOf(first.outcome));
    const [started] = first.events;
    expect(started?.type === 'started' && started.provenance.device).toMatch(/, 2 threads$/);
    expect(started?.type === 'started' && started.notes.join()).toMatch(/split over 2 threads/);
  });

  it('is infeasible for a network that does not fit the classes of the data', async () => {
    const { outcome } = await run(job({ network: { ...network, classes: 3 } }));
    expect(outcome).toEqual({
      state: 'infeasible',
      message: `network.classes: expected the ${shapeClasses.length} classes of the data, got 3`,
    });
  });

  it('does not train on other data than the search began with', async () => {
    const { outcome } = await run(job({ datasetDigest: 'f'.repeat(64) }));
    expect(outcome.state).toBe('crashed');
    expect(outcome.state === 'crashed' && outcome.message).toMatch(
      /^data: expected the content with digest ffffffffffff/,
    );
  });

  it('says which engine is not there', async () => {
    const { outcome } = await run(job({ engine: 'abacus' }));
    expect(outcome).toEqual({
      state: 'crashed',
      message: expect.stringMatching(/^engine: expected one of .+"abacus"/),
    });
  });
});
