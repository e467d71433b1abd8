import type { Recipe } from '../../search/plan/recipe.js';
import type { TrainingWatch } from '../run/train-network.js';
import type { Console } from './console.js';
import { bar, type Live } from './live.js';
import { firstNote, sayDataFindings } from './text/data-notes.js';
import { duration, percent, plural } from './text/format.js';

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
      console.say('Trained by an earlier call: this is its result.');
    },
    onStrategy: (notes) => {
      live.end();
      for (const note of notes) console.note(note);
    },
    onEstimate: (imagesPerSecond, wallMs) => {
      live.end();
      console.say(
        `Measured ${imagesPerSecond.toFixed(0)} images a second: about ${duration(wallMs)} for ${plural(recipe.epochs, 'epoch')}.`,
      );
    },
    onStart: (epoch, notes) => {
      live.end();
      for (const note of notes) console.note(note);
      if (epoch > 0) console.say(`Going on from the checkpoint of epoch ${epoch} of ${recipe.epochs}.`);
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
