import type { ExperimentSpec } from './experiment.js';
import { shortId } from './hash.js';
import { childSeed, Random } from './random.js';

export interface PlannedTrial {
  /** Hash of network, recipe, dataset, seed. */
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
  const trials: PlannedTrial[] = [];
  for (let replicate = 0; replicate < replicates; replicate++) {
    const order = new Random(childSeed(seed, 'order', replicate)).shuffle([...networkIds]);
    for (const networkId of order) {
      const trialSeed = childSeed(seed, 'trial', networkId, replicate);
      trials.push({
        id: trialId(networkId, training, data, trialSeed),
        networkId,
        replicate,
        seed: trialSeed,
      });
    }
  }
  return trials;
}

/** The id of a trial: a hash of everything that its result depends on. */
export function trialId(
  networkId: string,
  recipe: ExperimentSpec['training'],
  dataset: ExperimentSpec['data'],
  seed: number,
): string {
  return shortId({ network: networkId, recipe, dataset, seed });
}
