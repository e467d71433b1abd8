import type { EpochMetrics } from '../../search/plan/trial.js';
import type { Images } from '../data/dataset.js';
import { evaluationBatches, stepsPerEpoch, trainingBatches } from '../data/loader/batches.js';
import type { Session } from '../engine/engine.js';
import { yieldToEvents } from '../engine/yield.js';
import { longestTimerMs } from '../executors/contract.js';
import type { CheckpointFolder } from './checkpoint.js';
import { type Evaluation, evaluate } from './evaluate.js';
import { learningRateAt } from './schedule.js';

export interface TrainingData {
  readonly train: Images;
  readonly validation: Images;
}

export interface Progress {
  /** From 1. */
  readonly epoch: number;
  /** Steps of this epoch that are done. */
  readonly step: number;
  readonly steps: number;
  readonly imagesPerSecond: number;
}

export interface TrainingOptions {
  /** Absent: no checkpoint is saved, and none is continued from. */
  readonly checkpoints?: CheckpointFolder;
  /** Wall time of this call, milliseconds. */
  readonly timeLimitMs?: number | null;
  /** Ends as `paused` after this epoch; default never. The schedule of the learning rate stays that of all epochs. */
  readonly pauseAfterEpoch?: number | null;
  readonly signal?: AbortSignal;
  /** Called once before the first step. `epoch`: how many epochs a checkpoint has spared; `notes`: what a person should know of it. */
  readonly onStart?: (epoch: number, notes: readonly string[]) => void;
  /** Called at most once a second. */
  readonly onProgress?: (progress: Progress) => void;
  /** Called with what a person should know, such as that a checkpoint had no room on its disk. */
  readonly onNote?: (message: string) => void;
  /** Called when an epoch is measured and its checkpoint is on the disk, if that had room for it. */
  readonly onEpoch?: (metrics: EpochMetrics) => void;
}

export type TrainingOutcome =
  | {
      readonly state: 'completed';
      /** At the last epoch. */
      readonly validation: Evaluation;
      readonly epochs: readonly EpochMetrics[];
      readonly peakBytes: number;
    }
  /** As asked, with epochs left. */
  | { readonly state: 'paused'; readonly atEpoch: number; readonly epochs: readonly EpochMetrics[] }
  /** A loss was NaN or infinite in this epoch, from 1. */
  | { readonly state: 'diverged'; readonly atEpoch: number }
  | { readonly state: 'timeout'; readonly afterMs: number }
  | { readonly state: 'cancelled' };

const reportEveryMs = 1000;

/**
 * Trains a network by its session's recipe and measures it on the validation split after every epoch. Everything random comes from the
 * session's seed, so the same call on the same engine gives the same numbers, also when it was stopped and went on from a checkpoint.
 */
export async function train(
  session: Session,
  data: TrainingData,
  options: TrainingOptions = {},
): Promise<TrainingOutcome> {
  const begun = performance.now();
  const { checkpoints, timeLimitMs, signal } = options;
  const timeout = timeLimitMs == null ? null : AbortSignal.timeout(Math.min(Math.ceil(timeLimitMs), longestTimerMs));
  const stop = AbortSignal.any([signal, timeout].filter((one) => one != null));
  await session.resetPeak();
  const history = await resume(session, checkpoints, options.onStart);
  const { epochs: total } = session.recipe;
  const pauseAfter = options.pauseAfterEpoch ?? total;
  let { peakBytes } = history;
  let validation: Evaluation | null = null;
  try {
    for (let epoch = history.epochs.length + 1; epoch <= Math.min(pauseAfter, total); epoch++) {
      const started = performance.now();
      const trained = await trainEpoch(session, data, epoch, stop, options.onProgress);
      if (!trained) return { state: 'diverged', atEpoch: epoch };
      validation = await validate(session, data, stop);
      if (!Number.isFinite(validation.loss)) return { state: 'diverged', atEpoch: epoch };
      peakBytes = Math.max(peakBytes, await session.peakBytes());
      const metrics = {
        epoch,
        ...trained,
        validationLoss: validation.loss,
        validationAccuracy: validation.accuracy,
        wallMs: performance.now() - started,
      };
      history.epochs.push(metrics);
      const { tensors, read } = session.snapshot();
      try {
        await checkpoints?.save({ epoch, epochs: history.epochs, peakBytes, tensors }, read);
      } catch (error) {
        // All that was learnt is still in memory: a full disk costs the checkpoint, not the training.
        if (!isOfTheDisk(error)) throw error;
        options.onNote?.(`the checkpoint of epoch ${epoch} was not saved: ${error.message}`);
      }
      options.onEpoch?.(metrics);
    }
    if (pauseAfter < total) return { state: 'paused', atEpoch: history.epochs.length, epochs: history.epochs };
    // The checkpoint of the last epoch was there, but no one has heard of the result.
    validation ??= await validate(session, data, stop);
  } catch (error) {
    if (!stop.aborted || error !== stop.reason) throw error;
    return signal?.aborted ? { state: 'cancelled' } : { state: 'timeout', afterMs: performance.now() - begun };
  }
  return { state: 'completed', validation, epochs: history.epochs, peakBytes };
}

/** Whether a disk is full or faulty, which may pass; a folder that cannot be written at all is a fault of the set-up. */
function isOfTheDisk(error: unknown): error is Error {
  return ['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO'].includes((error as NodeJS.ErrnoException).code ?? '');
}

async function resume(
  session: Session,
  checkpoints: CheckpointFolder | undefined,
  onStart: TrainingOptions['onStart'],
): Promise<{ epochs: EpochMetrics[]; peakBytes: number }> {
  const { checkpoint, notes } = (await checkpoints?.load()) ?? { checkpoint: null, notes: [] };
  if (checkpoint) await session.restore(checkpoint.header.tensors, checkpoint.tensors);
  const { epochs = [], peakBytes = 0 } = checkpoint?.header ?? {};
  onStart?.(epochs.length, notes);
  return { epochs: [...epochs], peakBytes };
}

function validate(session: Session, { validation }: TrainingData, stop: AbortSignal): Promise<Evaluation> {
  return evaluate(session, evaluationBatches(validation, session.recipe.batch), stop);
}

type TrainedEpoch = Pick<EpochMetrics, 'trainLoss' | 'learningRate' | 'imagesPerSecond'>;

/** The steps of one epoch; null when a loss was not finite. */
async function trainEpoch(
  session: Session,
  { train }: TrainingData,
  epoch: number,
  stop: AbortSignal,
  onProgress: TrainingOptions['onProgress'],
): Promise<TrainedEpoch | null> {
  const { recipe, seed } = session;
  const { batch, flip, cropPadding } = recipe;
  const steps = stepsPerEpoch(train.count, batch);
  const started = performance.now();
  const losses = new MeanLoss(session);
  let reported = started;
  let step = 0;
  let images = 0;
  let learningRate = 0;
  const imagesPerSecond = (): number => images / Math.max(1e-3, (performance.now() - started) / 1000);
  for await (const one of trainingBatches(train, { batch, seed, epoch, flip, cropPadding })) {
    stop.throwIfAborted();
    const globalStep = (epoch - 1) * steps + step;
    learningRate = learningRateAt(globalStep, steps, recipe);
    await session.step(one, globalStep, learningRate);
    step++;
    images += one.count;
    if (performance.now() - reported >= reportEveryMs) {
      if (!(await losses.read())) return null;
      reported = performance.now();
      onProgress?.({ epoch, step, steps, imagesPerSecond: imagesPerSecond() });
    }
    await yieldToEvents();
  }
  if (!(await losses.read())) return null;
  return { trainLoss: losses.mean(), learningRate, imagesPerSecond: imagesPerSecond() };
}

/** The mean of a session's losses. They are read seldom, since each reading waits for the engine. */
class MeanLoss {
  private sum = 0;
  private count = 0;

  constructor(private readonly session: Session) {}

  /** Waits for the steps so far; false when a loss is NaN or infinite. */
  async read(): Promise<boolean> {
    const values = await this.session.losses();
    for (const value of values) this.sum += value;
    this.count += values.length;
    return Number.isFinite(this.sum);
  }

  mean(): number {
    return this.sum / this.count;
  }
}
