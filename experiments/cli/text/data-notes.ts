import type { BadImage } from '../../../workers/data/dataset.js';
import type { Console } from '../console.js';
import type { Live } from '../live.js';
import { plural } from './format.js';

/** Images that a program is told of by name; the count is of all. */
const mostNamed = 100;

/** Says how many images of a dataset cannot be used, and names one; nothing where all can. */
export function sayBadImages(bad: readonly BadImage[], console: Console): void {
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
