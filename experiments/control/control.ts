import { Store } from '../../db/store.js';
import { InputError } from '../../search/base/errors.js';
import { plural } from '../../search/base/format.js';
import { extendPlan } from '../../search/plan/extension.js';
import { cancelledAll } from '../run/coordinator/replicator.js';
import { noteExtension } from '../run/extensions.js';
import { choose } from './choose.js';
import { ask, NoCoordinator } from './client.js';
import { checkTrials } from './known-trials.js';
import type { Command, Done } from './messages.js';
import { doneWith } from './words.js';

/**
 * Carries out a command on a search: through the coordinator that is at work on its store or, where there is none, on the store itself as
 * far as that makes sense. Returns what was done; throws an `InputError` that says why not. `searchId` counts without a coordinator.
 */
export async function control(storeFile: string, searchId: number, command: Command): Promise<Done> {
  try {
    const { ok, ...done } = await ask(storeFile, command);
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

function onStore(store: Store, searchId: number, command: Command, nobody: NoCoordinator): Done {
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
        if (!named) store.addEvent({ searchId, ...cancelledAll }, Date.now());
        return ids.filter((id) => store.cancelQueued(id, Date.now())).length;
      });
      return doneWith(cancelled, 'cancelled');
    }
    case 'choose':
      return choose(store, command);
    case 'extend': {
      const summary = store.read.searches().find(({ id }) => id === searchId);
      if (!summary || summary.simulation)
        throw new InputError(
          'bad-value',
          'extend: expected a search that trains, got a simulated one that is not running',
        );
      const plan = extendPlan(store.read.plan(searchId), command.extension);
      store.transaction(() => noteExtension(store, store.addSearch(plan, null, Date.now()).id, summary.hash));
      const { length } = plan.trials;
      return {
        message: `extended to ${plural(length, 'trial')} as plan ${plan.hash.slice(0, 12)}; the next run of the same experiment trains what is not over`,
        count: length,
      };
    }
    default:
      throw nobody;
  }
}
