import os from 'node:os';
import { InputError } from '../../search/base/errors.js';
import { digest } from '../../search/base/hash.js';
import { networkId } from '../../search/network/architecture.js';
import { expand } from '../../search/network/graph.js';
import type { Provenance, TrialOutcome } from '../../search/plan/trial.js';
import { closeImages, type Dataset } from '../data/dataset.js';
import { openDataset } from '../data/open.js';
import type { Engine, StepPlan } from '../engine/engine.js';
import { loadEngine } from '../engine/index.js';
import { type RunOptions, resultOf, type TrialJob, type TrialResult } from '../executors/contract.js';
import { CheckpointFolder } from '../training/checkpoint.js';
import { chooseStepPlan, oneThread, stepPlanKey, stepPlanWords } from '../training/step-plan.js';
import { type TrainingData, train } from '../training/train.js';
import { feasibly, outcomeOfError } from './failure.js';

/** `cacheFolder`: where decoded images are kept; `shards`: threads that share each batch. */
type Options = RunOptions & { readonly cacheFolder: string; readonly shards: number };

/** Runs one trial in this process: opens the data, loads the engine, trains, and says how it ended. Does not reject. */
export async function runTraining(job: TrialJob, options: Options): Promise<TrialResult> {
  return resultOf(job, await attempt(job, options).catch(outcomeOfError));
}

async function attempt(job: TrialJob, options: Options): Promise<TrialOutcome> {
  const begun = performance.now();
  const { trialId, recipe, seed } = job;
  const graph = await feasibly(() => expand(job.network));
  const dataset = await openDataset(job.dataset, {
    cacheFolder: options.cacheFolder,
    digest: job.datasetDigest,
  });
  checkDigest(job, dataset);
  await feasibly(() => checkClasses(job, dataset));
  const engine = await loadEngine(job.engine);
  const resolution = job.network.resolutionPx;
  const wishes = { ...oneThread, shards: options.shards, planned: job.saving };
  const { stepPlan, notes } = await feasibly(() => chooseStepPlan(graph, recipe, engine, wishes));
  const provenance = provenanceOf(engine, stepPlan);
  const data = {
    train: await dataset.open('train', resolution),
    validation: await dataset.open('validation', resolution),
  };
  const session = await feasibly(() =>
    engine.open({ graph, recipe, seed, stepPlan, normalisation: dataset.normalisation }),
  ).catch(async (error) => {
    await closeData(data);
    throw error;
  });
  try {
    const base = { trialId, attempt: job.attempt, token: job.token };
    const outcome = await train(session, data, {
      checkpoints: new CheckpointFolder(job.checkpointFolder, checkpointKey(job, dataset, stepPlan)),
      timeLimitMs: job.timeLimitMs === null ? null : Math.max(0, job.timeLimitMs - (performance.now() - begun)),
      pauseAfterEpoch: job.pauseAfterEpoch,
      signal: options.signal,
      onStart: (resumedAtEpoch, found) => {
        const datasetDigest = dataset.digest;
        const all = [...notes, ...found];
        options.onEvent({ type: 'started', ...base, provenance, resumedAtEpoch, datasetDigest, notes: all });
      },
      onProgress: (progress) => options.onEvent({ type: 'progress', ...base, ...progress }),
      onNote: (message) => options.onEvent({ type: 'note', ...base, message }),
      onEpoch: (metrics) => options.onEvent({ type: 'epoch', ...base, metrics }),
    });
    if (outcome.state === 'timeout') return { state: 'timeout', afterMs: performance.now() - begun };
    if (outcome.state !== 'completed') return outcome;
    const { validation, epochs, peakBytes } = outcome;
    return {
      state: 'completed',
      validationAccuracy: validation.accuracy,
      validationLoss: validation.loss,
      confusion: validation.confusion,
      ...(validation.confusionCells ? { confusionCells: validation.confusionCells } : {}),
      mistakes: validation.mistakes,
      epochs,
      trainableParams: session.trainableParams,
      peakBytes,
      wallMs: epochs.reduce((sum, { wallMs }) => sum + wallMs, 0),
      datasetDigest: dataset.digest,
      provenance,
    };
  } finally {
    await session.close();
    await closeData(data);
  }
}

function closeData({ train, validation }: TrainingData): Promise<unknown> {
  return Promise.all([closeImages(train), closeImages(validation)]);
}

/** The data must be what the search began with. */
function checkDigest({ datasetDigest }: TrialJob, dataset: Dataset): void {
  if (datasetDigest !== null && datasetDigest !== dataset.digest)
    throw new InputError(
      'bad-data',
      `data: expected the content with digest ${datasetDigest.slice(0, 12)}, got ${dataset.digest.slice(0, 12)}`,
    );
}

/** The network must tell as many classes as the data has. */
function checkClasses({ network }: TrialJob, dataset: Dataset): void {
  if (network.classes !== dataset.classes.length)
    throw new InputError(
      'bad-value',
      `network.classes: expected the ${dataset.classes.length} classes of the data, got ${network.classes}`,
    );
}

/** Equal for trainings that end with the same numbers: a checkpoint with a different key is ignored. */
function checkpointKey({ network, recipe, seed }: TrialJob, dataset: Dataset, stepPlan: StepPlan): string {
  return digest({ network: networkId(network), recipe, seed, dataset: dataset.digest, ...stepPlanKey(stepPlan) });
}

function provenanceOf({ name, version, device }: Engine, stepPlan: StepPlan): Provenance {
  const text = [device, ...stepPlanWords(stepPlan)].join(', ');
  return { host: os.hostname(), pid: process.pid, engine: name, engineVersion: version, device: text };
}
