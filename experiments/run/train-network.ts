import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { InputError } from '../../search/base/errors.js';
import { digest } from '../../search/base/hash.js';
import { median } from '../../search/base/median.js';
import type { Architecture } from '../../search/network/architecture.js';
import { expand } from '../../search/network/graph.js';
import type { DatasetSpec } from '../../search/plan/dataset.js';
import type { Recipe } from '../../search/plan/recipe.js';
import type { EpochMetrics } from '../../search/plan/trial.js';
import { writeAtomically } from '../../workers/atomic-file.js';
import { closeImages, type Dataset, type Images, type Split } from '../../workers/data/dataset.js';
import { evaluationBatches } from '../../workers/data/loader/batches.js';
import { openDataset } from '../../workers/data/open.js';
import { loadEngine } from '../../workers/engine/index.js';
import { saveTrainedModel } from '../../workers/engine/tfjs/layers-model/save-layers-model.js';
import { CheckpointFolder } from '../../workers/training/checkpoint.js';
import { type Evaluation, evaluate } from '../../workers/training/evaluate.js';
import { measureSpeed } from '../../workers/training/speed.js';
import { chooseStepPlan, oneThread, type StepPlanWishes, stepPlanKey } from '../../workers/training/step-plan.js';
import { type Progress, type TrainingData, train } from '../../workers/training/train.js';

/** One network to train on one dataset, outside of any search. */
export interface TrainingTask {
  readonly network: Architecture;
  readonly recipe: Recipe;
  readonly dataset: DatasetSpec;
  readonly seed: number;
  /** Name of an engine, or `auto`. */
  readonly engine: string;
  /** Default: on one thread, as a trial of a search. */
  readonly wishes?: StepPlanWishes;
  /** Where the model is written; the checkpoints stand in it until the training is complete. */
  readonly outFolder: string;
  readonly cacheFolder: string;
  /** Content that the data must have, where it is known. */
  readonly datasetDigest?: string | null;
}

export interface TrainingWatch {
  readonly signal: AbortSignal;
  /** Shares in [0, 1] of the images that are decoded. */
  readonly onLoading: (share: number) => void;
  /** Called once with what opening the data has shown besides the images. */
  readonly onData?: (findings: Pick<Dataset, 'bad' | 'passedOver' | 'notes'>) => void;
  /** Gets a sentence where decoded images cannot be kept. */
  readonly onWarning?: (sentence: string) => void;
  /** Called where an earlier call has completed this very task, so that nothing is trained. */
  readonly onComplete?: () => void;
  /** Called before that with what a person should know of how it is trained; usually empty. */
  readonly onStepPlan?: (notes: readonly string[]) => void;
  /** Called before training: what a few real steps say of its speed and of the time that all epochs will take. */
  readonly onEstimate: (imagesPerSecond: number, wallMs: number) => void;
  readonly onStart: (epoch: number, notes: readonly string[]) => void;
  readonly onProgress: (progress: Progress) => void;
  readonly onEpoch: (metrics: EpochMetrics) => void;
  /** Called before the test split is opened; not where an earlier call has done so. */
  readonly onTest?: () => void;
}

export type TrainedNetwork =
  | {
      readonly state: 'completed';
      readonly testAccuracy: number;
      readonly test: Evaluation;
      readonly validationAccuracy: number;
      readonly epochs: readonly EpochMetrics[];
      readonly imagesPerSecond: number;
      readonly peakBytes: number;
      readonly engine: string;
      readonly engineVersion: string;
      readonly device: string;
      readonly shards: number;
      readonly microBatches: number;
      readonly recompute: boolean;
      readonly classes: readonly string[];
      /** Folder of the TensorFlow.js `LayersModel`, which takes pixels from 0 to 255. */
      readonly model: string;
    }
  | { readonly state: 'diverged'; readonly atEpoch: number }
  | { readonly state: 'cancelled' };

/** What an earlier call with the same task wrote, or null. */
async function readResult(file: string, key: string): Promise<TrainedNetwork | null> {
  try {
    const record = JSON.parse(await readFile(file, 'utf8')) as TrainedNetwork & { key?: string };
    return record.key === key ? record : null;
  } catch {
    return null;
  }
}

/**
 * Trains one network, tests it once on the test split and writes it as a TensorFlow.js model. A call that was stopped, at whatever point,
 * comes back as `cancelled` and goes on from its last epoch when it is made again with the same task; one that was complete gives its
 * result again.
 */
export async function trainNetwork(task: TrainingTask, watch: TrainingWatch): Promise<TrainedNetwork> {
  try {
    return await trainUntilStopped(task, watch);
  } catch (error) {
    const { signal } = watch;
    if (signal.aborted && error === signal.reason) return { state: 'cancelled' };
    throw error;
  }
}

/** Rejects with the signal's reason where it is stopped outside of the training itself. */
async function trainUntilStopped(task: TrainingTask, watch: TrainingWatch): Promise<TrainedNetwork> {
  const { network, recipe, seed, outFolder } = task;
  const graph = expand(network);
  const onProgress = (share: number): void => {
    watch.signal.throwIfAborted();
    watch.onLoading(share);
  };
  const { onWarning = () => {} } = watch;
  const dataset = await openDataset(task.dataset, { cacheFolder: task.cacheFolder, onProgress, onWarning });
  watch.onData?.(dataset);
  if (task.datasetDigest != null && task.datasetDigest !== dataset.digest) {
    const [wanted, got] = [task.datasetDigest, dataset.digest].map((digest) => digest.slice(0, 12));
    throw new InputError('bad-data', `data: expected the content with digest ${wanted}, got ${got}`);
  }
  if (dataset.counts.test === 0) {
    throw new InputError('bad-data', 'data: expected a test split, got none; give the folder a test folder or a share');
  }
  const file = path.join(outFolder, 'training.json');
  const engine = await loadEngine(task.engine, '--engine');
  const { stepPlan, notes } = chooseStepPlan(graph, recipe, engine, task.wishes ?? oneThread);
  const key = digest({ network, recipe, seed, dataset: dataset.digest, ...stepPlanKey(stepPlan) });
  const earlier = await readResult(file, key);
  if (earlier) {
    watch.onComplete?.();
    return earlier;
  }
  watch.onStepPlan?.(notes);
  const open = async (split: Split): Promise<Images> => {
    await dataset.prepare(split, network.resolutionPx, onProgress);
    return dataset.open(split, network.resolutionPx);
  };
  const data = { train: await open('train'), validation: await open('validation') };
  try {
    return await trainOn(data);
  } finally {
    await closeImages(data.train);
    await closeImages(data.validation);
  }

  async function trainOn(data: TrainingData): Promise<TrainedNetwork> {
    const { normalisation } = dataset;
    const openSession = () => engine.open({ graph, recipe, seed, stepPlan, normalisation });
    const imagesPerSecond = await measureSpeed(openSession, watch.signal);
    watch.onEstimate(imagesPerSecond, (1000 * recipe.epochs * data.train.count) / imagesPerSecond);
    const session = await openSession();
    const checkpointFolder = path.join(outFolder, 'checkpoints');
    try {
      const outcome = await train(session, data, {
        ...watch,
        checkpoints: new CheckpointFolder(checkpointFolder, key),
      });
      if (outcome.state === 'diverged' || outcome.state === 'cancelled') return outcome;
      if (outcome.state !== 'completed') throw new Error(`a training without a time limit ended as ${outcome.state}`);
      watch.onTest?.();
      const images = await open('test');
      const test = await evaluate(session, evaluationBatches(images, recipe.batch), watch.signal).finally(() =>
        closeImages(images),
      );
      await saveTrainedModel(graph, await session.weights(), normalisation, path.join(outFolder, 'model'));
      const { epochs, peakBytes, validation } = outcome;
      const result: TrainedNetwork = {
        state: 'completed',
        testAccuracy: test.accuracy,
        test,
        validationAccuracy: validation.accuracy,
        epochs,
        imagesPerSecond: median(epochs.map(({ imagesPerSecond }) => imagesPerSecond)),
        peakBytes,
        engine: engine.name,
        engineVersion: engine.version,
        device: engine.device,
        ...stepPlan,
        classes: dataset.classes,
        model: path.join(outFolder, 'model'),
      };
      const record = { key, ...result, network, recipe, seed, dataset: task.dataset, datasetDigest: dataset.digest };
      await writeAtomically(file, (handle) => handle.writeFile(`${JSON.stringify(record, null, 2)}\n`));
      await rm(checkpointFolder, { recursive: true, force: true });
      return result;
    } finally {
      await session.close();
    }
  }
}
