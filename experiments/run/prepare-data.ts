import { InputError } from '../../search/base/errors.js';
import type { Plan } from '../../search/plan/plan.js';
import type { Dataset } from '../../workers/data/dataset.js';
import { openDataset } from '../../workers/data/open.js';

export interface PreparedData extends Pick<Dataset, 'bad' | 'passedOver' | 'notes'> {
  readonly digest: string;
  readonly classes: readonly string[];
  /** Images of the training split. */
  readonly trainImages: number;
}

/**
 * Opens the data of a plan and decodes them at every resolution that it trains, so that its trials find them in the cache, and so that
 * what is wrong with them is said before anything is stored. `onProgress` gets shares in [0, 1], `onWarning` a sentence for each cache
 * file that cannot be written. Rejects with the reason of an
 * aborted `signal`. Throws `missing-file` or `bad-data`.
 */
export async function prepareData(
  plan: Plan,
  options: {
    readonly cacheFolder: string;
    readonly onProgress: (share: number) => void;
    readonly onWarning: (sentence: string) => void;
    readonly signal: AbortSignal;
  },
): Promise<PreparedData> {
  const { cacheFolder, onWarning, signal } = options;
  const onProgress = (share: number): void => {
    signal.throwIfAborted();
    options.onProgress(share);
  };
  const dataset = await openDataset(plan.dataset, { cacheFolder, onProgress, onWarning });
  if (dataset.classes.length !== plan.baseline.classes) {
    throw new InputError('bad-data', `data: expected ${plan.baseline.classes} classes, got ${dataset.classes.length}`);
  }
  const resolutions = new Set(plan.networks.map(({ network }) => network.resolutionPx));
  const parts = [...resolutions].flatMap((px) => [[px, 'train'] as const, [px, 'validation'] as const]);
  for (const [i, [px, split]] of parts.entries()) {
    signal.throwIfAborted();
    await dataset.prepare(split, px, (share) => onProgress((i + share) / parts.length));
  }
  signal.throwIfAborted();
  const { digest, classes, counts, bad, passedOver, notes } = dataset;
  return { digest, classes, trainImages: counts.train, bad, passedOver, notes };
}
