import { type DatasetSpec, datasetIdentity } from './dataset.js';
import type { ExperimentSpec } from './experiment.js';
import { shortId } from './hash.js';
import { withoutDefaults } from './identity.js';
import { childSeed, Random } from './random.js';
import { type Recipe, recipeSchema } from './recipe.js';

export interface PlannedTrial {
  /** Hash of network, recipe, dataset and seed: of everything that its result depends on but the content of the data. */
  readonly id: string;
  readonly networkId: string;
  /** 0, 1, … : which training of this network. */
  readonly replicate: number;
  readonly seed: number;
}

/**
 * One trial for each network and replicate. Every network is trained once before any is trained again; within a round the order is
 * drawn from the experiment's seed, so that a search that is stopped early has seen a fair sample.
 */
export function planTrials(
  { seed, replicates, training, data }: Pick<ExperimentSpec, 'seed' | 'replicates' | 'training' | 'data'>,
  networkIds: readonly string[],
): PlannedTrial[] {
  const setting = trialSetting(training, data);
  const trials: PlannedTrial[] = [];
  for (let replicate = 0; replicate < replicates; replicate++) {
    const order = new Random(childSeed(seed, 'order', replicate)).shuffle([...networkIds]);
    for (const networkId of order) {
      const trialSeed = childSeed(seed, 'trial', networkId, replicate);
      trials.push({
        id: shortId({ network: networkId, ...setting, seed: trialSeed }),
        networkId,
        replicate,
        seed: trialSeed,
      });
    }
  }
  return trials;
}

/** What the ids of trials are hashes of, beside network and seed. `datasetIdentity` says which part of the dataset counts. */
function trialSetting(recipe: Recipe, dataset: DatasetSpec): object {
  return { recipe: withoutDefaults(recipeSchema, recipe), dataset: datasetIdentity(dataset) };
}
