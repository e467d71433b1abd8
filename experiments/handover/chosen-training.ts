import { cacheFolder } from '../../workers/cache-folder.js';
import type { Console } from '../cli/console.js';
import { Interrupted, interruptible } from '../cli/interrupt.js';
import { makeLive } from '../cli/live.js';
import { percent } from '../cli/text/format.js';
import { trainingWatch } from '../cli/training-watch.js';
import type { SearchEvidence } from './evidence.js';
import type { ChosenModel } from './exports/chosen-model.js';

/** Trains the chosen network again, with a bar; what it says epoch by epoch is no result of an export. */
export async function trainAgain(
  evidence: SearchEvidence,
  storeFile: string,
  engine: string | undefined,
  console: Console,
): Promise<ChosenModel> {
  // TensorFlow.js takes a while to load, and the coefficients alone do not need it.
  const { trainChosen } = await import('./exports/chosen-model.js');
  const live = makeLive(console.json ? 'silent' : console.live ? 'terminal' : 'plain');
  const screen = { ...console, record: () => undefined };
  const { recipe } = evidence.plan;
  const chosen = await interruptible((signal) =>
    trainChosen(
      evidence,
      { storeFile, cacheFolder: cacheFolder(), ...(engine === undefined ? {} : { engine }) },
      trainingWatch({ console: screen, live, recipe, signal }),
    ),
  ).finally(() => live.end());
  if (!chosen) throw new Interrupted('stopped; the same command goes on from the last epoch');
  return chosen;
}

/** The training as JSON. */
export function trainedRecord({ trial, trained, isAsStored }: ChosenModel) {
  const { testAccuracy, validationAccuracy, engine, engineVersion, device } = trained;
  return {
    trialId: trial.id,
    seed: trial.seed,
    engine,
    engineVersion,
    device,
    validationAccuracy,
    storedValidationAccuracy: trial.result.validationAccuracy,
    isAsStored,
    testAccuracy,
    testImages: trained.test.images,
  };
}

/** The training in sentences: whether it is what the search has, and what the test split said. */
export function trainedWords({ trial, trained, isAsStored }: ChosenModel): string {
  const { engine, engineVersion, validationAccuracy } = trained;
  const stored = isAsStored
    ? 'as in the search'
    : `${percent(trial.result.validationAccuracy)} in the search, on ${trial.result.engine} ${trial.result.engineVersion}`;
  return [
    `Trained with seed ${trial.seed} on ${engine} ${engineVersion}: validation ${percent(validationAccuracy)}, ${stored}.`,
    `Test accuracy ${percent(trained.testAccuracy)} of ${trained.test.images} images.`,
  ].join('\n');
}

/** How often the test split was read. */
export function readsWords({ testReads }: SearchEvidence): string {
  const times = testReads.length;
  if (times === 0) return 'The test split was not read.';
  return `The test split was read ${times === 1 ? 'once' : `${times} times`} for this search.`;
}
