import type { Store } from '../../db/store.js';
import type { Command, Done } from './messages.js';

/** Records a choice made by hand, or that it is taken back, and says so. */
export function choose(store: Store, { searchId, networkId, note }: Extract<Command, { command: 'choose' }>): Done {
  const now = Date.now();
  return store.transaction(() => {
    store.chooseByHand({ searchId, networkId, note }, now);
    const detail = networkId === null ? 'taken back' : `${networkId}${note === '' ? '' : `: ${note}`}`;
    store.addEvent({ searchId, kind: 'chosen-by-hand', detail }, now);
    const message =
      networkId === null ? 'the choice by hand is taken back: the rule decides' : `${networkId} is chosen by hand`;
    return { message, count: null };
  });
}
