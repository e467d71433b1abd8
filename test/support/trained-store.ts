import path from 'node:path';
import { Store } from '../../db/store.js';
import { noSaving } from '../../search/cost/saving.js';
import { type Architecture, parseArchitecture } from '../../search/network/architecture.js';
import { parseExperiment } from '../../search/plan/experiment.js';
import { defaultRetries } from '../../search/plan/outcomes.js';
import { makePlan } from '../../search/plan/plan.js';
import { protocolVersion } from '../../workers/executors/contract.js';
import { runTraining } from '../../workers/trial/trial.js';
import type { CompletedOutcome } from './outcomes.js';
import { smallExperiment } from './small-plan.js';

export interface TrainedStoreOptions {
  readonly file: string;
  /** As an experiment file says where its images come from. */
  readonly data: object;
  readonly classes: number;
  readonly cacheFolder: string;
}

export interface TrainedStore {
  readonly searchId: number;
  readonly trialId: string;
  readonly outcome: CompletedOutcome;
}

/** A new store with one search of a single tiny network that has really been trained, for one epoch. */
export async function trainedStore({ file, data, classes, cacheFolder }: TrainedStoreOptions): Promise<TrainedStore> {
  const small = smallExperiment({ depths: 1, replicates: 1, seedBudget: 0, epochs: 1 }) as { baseline: Architecture };
  const baseline = { ...small.baseline, classes };
  const plan = makePlan(parseExperiment({ ...small, baseline, data }), parseArchitecture(baseline));
  const [{ id: trialId, networkId, seed }] = plan.trials as [(typeof plan.trials)[0]];
  const store = Store.open(file);
  try {
    const { id: searchId } = store.addSearch(plan, null, 1);
    const attempt = store.openAttempt(trialId, 'token', 2);
    const { outcome } = await runTraining(
      {
        protocol: protocolVersion,
        trialId,
        networkId,
        attempt,
        token: 'token',
        network: plan.networks[0]!.network,
        recipe: plan.recipe,
        dataset: plan.dataset,
        datasetDigest: null,
        seed,
        saving: noSaving,
        engine: 'wasm',
        checkpointFolder: path.join(path.dirname(file), 'checkpoints'),
        timeLimitMs: null,
        pauseAfterEpoch: null,
        simulation: null,
      },
      { cacheFolder, shards: 1, signal: new AbortController().signal, onEvent: () => {} },
    );
    if (outcome.state !== 'completed') throw new Error(`the training ended as ${JSON.stringify(outcome)}`);
    store.transaction(() => {
      store.fixDatasetDigest(searchId, outcome.datasetDigest);
      store.recordResult({ trialId, attempt, token: 'token', outcome }, defaultRetries, 3);
    });
    return { searchId, trialId, outcome };
  } finally {
    store.close();
  }
}
