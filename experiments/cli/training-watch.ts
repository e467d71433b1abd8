import { duration, percent, plural } from '../../search/base/format.js';
import type { Recipe } from '../../search/plan/recipe.js';
import type { BadImage, Dataset } from '../../workers/data/dataset.js';
import type { PassedOver } from '../../workers/data/passed-over.js';
import type { TrainingWatch } from '../run/train-network.js';
import type { Console } from './console.js';
import { bar, type Live } from './live.js';

interface Screen {
  readonly console: Console;
  readonly live: Live;
  readonly recipe: Recipe;
  readonly signal: AbortSignal;
}

/** Shows the training of one network: a bar while images are read, a bar within each epoch, a line after it. */
export function trainingWatch({ console, live, recipe, signal }: Screen): TrainingWatch {
  return {
    signal,
    onLoading: (share) =>
      live.update(
        () => `Reading images ${bar(share)} ${percent(share)}`,
        () => `reading images: ${percent(share)}`,
      ),
    onData: (findings) => {
      live.end();
      sayDataFindings(findings, console);
    },
    onWarning: firstNote(console, live),
    onComplete: () => {
      live.end();
      console.say('Already trained; this is the result of that training.');
    },
    onStepPlan: (notes) => {
      live.end();
      for (const note of notes) console.note(note);
    },
    onEstimate: (imagesPerSecond, wallMs) => {
      live.end();
      console.say(
        `Measured ${imagesPerSecond.toFixed(0)} images per second: about ${duration(wallMs)} for ${plural(recipe.epochs, 'epoch')}.`,
      );
    },
    onStart: (epoch, notes) => {
      live.end();
      for (const note of notes) console.note(note);
      if (epoch > 0) console.say(`Resuming from the checkpoint of epoch ${epoch} of ${recipe.epochs}.`);
    },
    onProgress: ({ epoch, step, steps, imagesPerSecond }) => {
      const done = (epoch - 1 + step / steps) / recipe.epochs;
      const msLeft = (((1 - done) * recipe.epochs * steps * recipe.batch) / imagesPerSecond) * 1000;
      const where = `epoch ${epoch}/${recipe.epochs}, step ${step}/${steps}, ${imagesPerSecond.toFixed(0)} images/s, ${duration(msLeft)} left`;
      live.update(
        () => `${bar(done)} ${where}`,
        () => where,
      );
    },
    onEpoch: (m) => {
      live.end();
      console.record({ event: 'epoch', ...m });
      console.say(
        `epoch ${String(m.epoch).padStart(String(recipe.epochs).length)}  train loss ${m.trainLoss.toFixed(4)}  validation loss ${m.validationLoss.toFixed(4)}  accuracy ${percent(m.validationAccuracy)}  ${duration(m.wallMs)}`,
      );
    },
  };
}

/** The most bad images that are listed by name in the JSON; the count covers all. */
const mostNamed = 100;

/** What opening a dataset has shown besides its images. */
export type DataFindings = Pick<Dataset, 'bad' | 'passedOver' | 'notes'>;

/** Says how a dataset was read, what is amiss with it, and what of it cannot be used; nothing where there is nothing to say. */
export function sayDataFindings({ bad, passedOver, notes }: DataFindings, console: Console): void {
  if (passedOver.length > 0 || notes.length > 0) console.record({ event: 'data', passedOver, notes });
  for (const note of notes) console.say(note);
  if (passedOver.length > 0) console.say(`Passed over: ${passedOver.map(passedOverText).join('; ')}.`);
  sayBadImages(bad, console);
}

/** Such as `12 files that are hidden, such as a/.DS_Store`. */
export function passedOverText({ why, count, example }: PassedOver): string {
  return `${plural(count, 'file')} ${why}, such as ${example}`;
}

/** Says how many images of a dataset cannot be used and names one; prints nothing if all can. */
function sayBadImages(bad: readonly BadImage[], console: Console): void {
  const [first] = bad;
  if (!first) return;
  console.record({ event: 'bad-images', count: bad.length, images: bad.slice(0, mostNamed) });
  const left = `${plural(bad.length, 'image')} cannot be used and ${bad.length === 1 ? 'is' : 'are'} skipped`;
  console.say(`${left}, such as ${first.path}: ${first.reason}`);
}

/** Shows the first of several similar warnings, such as that a folder cannot be written, and drops the others. */
export function firstNote(console: Console, live: Live): (sentence: string) => void {
  let isSaid = false;
  return (sentence) => {
    if (isSaid) return;
    isSaid = true;
    live.end();
    console.note(sentence);
  };
}
