import type { StoreReader } from '../../db/reader.js';
import { Store } from '../../db/store.js';
import { InputError, nearest, show } from '../../search/base/errors.js';
import { plural } from '../../search/base/format.js';
import type { CommandResult, SearchCommand } from '../../search/plan/command.js';
import { extendPlan } from '../../search/plan/extension.js';
import { recordExtension } from '../run/extensions.js';
import { ask, NoCoordinator } from './socket.js';

/**
 * Carries out a command on a search: through the coordinator of its store or, where none is running, on the store itself as far as that
 * makes sense. Returns what was done; throws an `InputError` that says why not. A coordinator obeys for the search that it runs; `searchId`
 * says whose choice is meant, and which search is meant where there is no coordinator.
 */
export async function control(storeFile: string, searchId: number, command: SearchCommand): Promise<CommandResult> {
  try {
    const asked = command.command === 'choose' ? { ...command, searchId } : command;
    const { ok, ...done } = await ask(storeFile, asked);
    if (!ok) throw new InputError('bad-value', done.message);
    return done;
  } catch (error) {
    if (!(error instanceof NoCoordinator)) throw error;
    const store = Store.open(storeFile);
    try {
      return onStore(store, searchId, command, error);
    } finally {
      store.close();
    }
  }
}

function onStore(store: Store, searchId: number, command: SearchCommand, nobody: NoCoordinator): CommandResult {
  switch (command.command) {
    case 'retry': {
      const { length } = store.requeue(searchId, command.states);
      return doneWith(length, `queued again; the next run trains ${length === 1 ? 'it' : 'them'}`);
    }
    case 'cancel': {
      checkTrials(store.read, searchId, command.trialIds ?? []);
      const named = command.trialIds && new Set(command.trialIds);
      const wanted = store.read.unfinished(searchId).filter(({ id }) => named?.has(id) ?? true);
      const ids = wanted.map(({ id }) => id);
      const cancelled = store.transaction(() => {
        store.interruptAttempts(searchId, Date.now(), ids);
        if (!named) store.markCancelled(searchId, Date.now());
        return ids.filter((id) => store.cancelQueued(id, Date.now())).length;
      });
      return doneWith(cancelled, 'cancelled');
    }
    case 'choose':
      return choose(store, searchId, command);
    case 'extend': {
      const summary = store.read.searches().find(({ id }) => id === searchId);
      if (!summary || summary.simulation)
        throw new InputError(
          'bad-value',
          'a simulated search can only be extended while it runs: `triscale run` its experiment first',
        );
      const plan = extendPlan(store.read.plan(searchId), command.extension);
      store.transaction(() => recordExtension(store, store.addSearch(plan, null, Date.now()).id, summary));
      const { length } = plan.trials;
      return {
        message: `extended to ${plural(length, 'trial')} as plan ${plan.hash.slice(0, 12)}; the next run of the same experiment trains the open trials`,
        count: length,
      };
    }
    default:
      throw nobody;
  }
}

/** Records a choice made by hand, or withdraws it. */
export function choose(
  store: Store,
  searchId: number,
  { networkId, note }: Extract<SearchCommand, { command: 'choose' }>,
): CommandResult {
  const now = Date.now();
  return store.transaction(() => {
    store.chooseByHand({ searchId, networkId, note }, now);
    const detail = networkId === null ? 'taken back' : `${networkId}${note === '' ? '' : `: ${note}`}`;
    store.addEvent({ searchId, kind: 'chosen-by-hand', detail }, now);
    const message =
      networkId === null ? 'choice by hand withdrawn: the rule decides again' : `${networkId} is chosen by hand`;
    return { message, count: null };
  });
}

/** Refuses ids that are no trials of the search: a misspelt id must not pass for a trial that has ended. */
export function checkTrials(
  reader: Pick<StoreReader, 'standings'>,
  searchId: number,
  trialIds: readonly string[],
): void {
  const known = reader.standings(searchId).map(({ id }) => id);
  const unknown = trialIds.find((id) => !known.includes(id));
  if (unknown === undefined) return;
  const near = nearest(unknown, known);
  throw new InputError(
    'unknown-name',
    `--trials: expected ids of trials of the search, got ${show(unknown)}${near === undefined ? '' : `; did you mean ${show(near)}?`}`,
  );
}

/** `1 trial is cancelled`, `3 trials are queued again`: what was done with so many trials. */
export function doneWith(count: number, what: string): CommandResult {
  return { message: `${plural(count, 'trial')} ${count === 1 ? 'is' : 'are'} ${what}`, count };
}
