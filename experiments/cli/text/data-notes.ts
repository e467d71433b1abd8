import type { BadImage, Dataset } from '../../../workers/data/dataset.js';
import type { PassedOver } from '../../../workers/data/passed-over.js';
import type { Console } from '../console.js';
import type { Live } from '../live.js';
import { plural } from './format.js';

/** Images that a program is told of by name; the count is of all. */
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

/** Says how many images of a dataset cannot be used, and names one; nothing where all can. */
function sayBadImages(bad: readonly BadImage[], console: Console): void {
  const [first] = bad;
  if (!first) return;
  console.record({ event: 'bad-images', count: bad.length, images: bad.slice(0, mostNamed) });
  const left = `${plural(bad.length, 'image')} cannot be used and ${bad.length === 1 ? 'is' : 'are'} left out`;
  console.say(`${left}, such as ${first.path}: ${first.reason}`);
}

/** Shows the first of several sentences that say nearly the same, such as that a folder cannot be written, and swallows the others. */
export function firstNote(console: Console, live: Live): (sentence: string) => void {
  let isSaid = false;
  return (sentence) => {
    if (isSaid) return;
    isSaid = true;
    live.end();
    console.note(sentence);
  };
}
