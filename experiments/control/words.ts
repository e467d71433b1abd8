import { plural } from '../../search/base/format.js';
import type { Done } from './messages.js';

/** `1 trial is cancelled`, `3 trials are queued again`: what was done with so many trials. */
export function doneWith(count: number, what: string): Done {
  return { message: `${plural(count, 'trial')} ${count === 1 ? 'is' : 'are'} ${what}`, count };
}
