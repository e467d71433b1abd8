import { shortId } from '../base/hash.js';
import { identityOf } from '../base/identity.js';
import { childSeed, Random } from '../base/random.js';
import { type Saving, savingIdentity } from '../cost/saving.js';
import { type DatasetSpec, datasetIdentity } from './dataset.js';
import type { ExperimentSpec } from './experiment.js';
import type { PlannedTrial } from './planned.js';
import { type Recipe, recipeIdentity } from './recipe.js';

/** What a trial needs to know of its network. */
interface Trained {
  readonly id: string;
  readonly saving: Saving;
}

/**
 * One trial for each network and replicate. Every network is trained once before any is trained again; within a round the order is
 * drawn from the experiment's seed, so that a search that is stopped early has seen a fair sample.
 */
export function planTrials(
  { seed, replicates, training, data }: Pick<ExperimentSpec, 'seed' | 'replicates' | 'training' | 'data'>,
  networks: readonly Trained[],
): PlannedTrial[] {
  const trial = trialPlanner({ seed, training, data }, networks);
  const networkIds = networks.map(({ id }) => id);
  const trials: PlannedTrial[] = [];
  for (let replicate = 0; replicate < replicates; replicate++) {
    const order = new Random(childSeed(seed, 'order', replicate)).shuffle([...networkIds]);
    for (const networkId of order) trials.push(trial(networkId, replicate));
  }
  return trials;
}

/** Makes the trial of any network and replicate of an experiment; the same one whether it is planned at once or added later. */
export function trialPlanner(
  { seed, training, data }: Pick<ExperimentSpec, 'seed' | 'training' | 'data'>,
  networks: readonly Trained[],
): (networkId: string, replicate: number) => PlannedTrial {
  const setting = trialSetting(training, data);
  const identities = new Map(networks.map(({ id, saving }) => [id, savingIdentity(saving)]));
  return (networkId, replicate) => {
    const saving = identities.get(networkId);
    if (!saving) throw new RangeError(`network ${networkId} is not among those that are planned`);
    const trialSeed = childSeed(seed, 'trial', networkId, replicate);
    const id = shortId({ network: networkId, ...setting, ...saving, seed: trialSeed });
    return { id, networkId, replicate, seed: trialSeed };
  };
}

/** What the ids of trials are hashes of, beside network and seed. `datasetIdentity` says which part of the dataset counts. */
function trialSetting(recipe: Recipe, dataset: DatasetSpec): object {
  return { recipe: identityOf(recipe, recipeIdentity), dataset: datasetIdentity(dataset) };
}
