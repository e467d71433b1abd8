import path from 'node:path';
import type { StoredTrial } from '../../../db/records.js';
import { Store } from '../../../db/store.js';
import { InputError } from '../../../search/base/errors.js';
import { oneThread } from '../../../workers/training/step-plan.js';
import { type TrainedNetwork, type TrainingWatch, trainNetwork } from '../../run/train-network.js';
import type { SearchEvidence } from '../evidence.js';

type FinishedTrial = Extract<StoredTrial, { state: 'completed' }>;

/** The chosen network with its weights. */
export interface ChosenModel {
  readonly trial: FinishedTrial;
  readonly trained: Extract<TrainedNetwork, { state: 'completed' }>;
  /** Folder of the training: `readTrainedModel` reads it. */
  readonly folder: string;
  /** Whether training it again gave the validation accuracy in the store. */
  readonly isAsStored: boolean;
}

export interface ChosenModelOptions {
  readonly storeFile: string;
  readonly cacheFolder: string;
  /** Absent: the engine of the original trial, on which the numbers repeat. */
  readonly engine?: string;
}

/**
 * Trains the chosen network again, with the seed and the recipe of its first finished trial, and tests it. A search keeps no weights: of its
 * thousands of trials only one is exported, and on the same engine its training repeats to the last bit. The first seed is taken, not the best
 * one. The folder stays beside the store, so that the next export trains nothing and does not read the test split again;
 * every reading is recorded in the store before it takes place.
 *
 * Resolves to null when it was cancelled; another call continues. Throws `bad-value` for a simulated search, `store-busy` while a
 * coordinator is running.
 */
export async function trainChosen(
  { summary, plan, selection, trials }: Pick<SearchEvidence, 'summary' | 'plan' | 'selection' | 'trials'>,
  { storeFile, cacheFolder, engine }: ChosenModelOptions,
  watch: Omit<TrainingWatch, 'onTest'>,
): Promise<ChosenModel | null> {
  if (summary.simulation !== null)
    throw new InputError(
      'bad-value',
      'a simulated search trains nothing, so it has no weights to export; use --format coefficients or --format family',
    );
  const trial = firstFinished(trials, selection.choice?.networkId);
  const planned = plan.networks.find(({ id }) => id === trial.networkId);
  if (!planned) throw new Error(`network ${trial.networkId} is not in the plan`);
  const folder = path.join(path.resolve(`${storeFile}.d`), 'exports', trial.id);
  const store = Store.open(storeFile);
  try {
    const trained = await trainNetwork(
      {
        network: planned.network,
        recipe: plan.recipe,
        dataset: plan.dataset,
        datasetDigest: summary.datasetDigest,
        seed: trial.seed,
        engine: engine ?? trial.result.engine,
        wishes: { ...oneThread, shards: threadsOf(trial), planned: planned.saving },
        outFolder: folder,
        cacheFolder,
      },
      {
        ...watch,
        onTest: () => {
          store.openTestSplit(summary.id, trial.id, Date.now());
        },
      },
    );
    if (trained.state === 'cancelled') return null;
    if (trained.state === 'diverged')
      throw new Error(`trial ${trial.id} diverged in epoch ${trained.atEpoch}, but completed in the search`);
    // An earlier call may have been killed between the end of its training and this record.
    const open = store.read.testReads(summary.id).findLast((one) => one.trialId === trial.id && one.images === null);
    if (open) store.recordTest(open.id, trained.test.images, trained.testAccuracy);
    const isAsStored = trained.validationAccuracy === trial.result.validationAccuracy;
    return { trial, trained, folder, isAsStored };
  } finally {
    store.close();
  }
}

/** Threads that shared each batch, which the numbers depend on: its device says so where there was more than one. */
function threadsOf({ result: { device } }: FinishedTrial): number {
  return Number(/, (\d+) threads$/.exec(device)?.[1] ?? 1);
}

function firstFinished(trials: readonly StoredTrial[], networkId: string | undefined): FinishedTrial {
  const finished = trials.filter(
    (trial): trial is FinishedTrial => trial.networkId === networkId && trial.state === 'completed',
  );
  const [first] = finished.toSorted((a, b) => a.replicate - b.replicate);
  if (!first) throw new Error(`network ${networkId} was chosen without a finished trial`);
  return first;
}
