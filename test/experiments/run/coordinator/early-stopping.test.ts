import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../../../db/store.js';
import { readSearchEvidence } from '../../../../experiments/handover/evidence.js';
import { Coordinator } from '../../../../experiments/run/coordinator/coordinator.js';
import type { SearchEvent } from '../../../../experiments/run/coordinator/search-events.js';
import type { Plan } from '../../../../search/plan/plan.js';
import { simulatedPlan } from '../../../../search/simulation/simulated-plan.js';
import { LocalPool } from '../../../../workers/executors/local/pool.js';
import { runSimulated } from '../../../../workers/trial/simulated.js';
import { scratchStores } from '../../../support/scratch-stores.js';
import { simulation } from '../../../support/simulated.js';
import { smallPlan } from '../../../support/small-plan.js';

const openStore = scratchStores('halver');
let store: Store;
beforeEach(() => {
  store = openStore();
});

const shared = { depths: 9, resolutions: 2, replicates: 1, seedBudget: 0, epochs: 9 };
/** Eighteen networks: six go on from epoch 2, two from epoch 6 to the end. */
const plan = smallPlan({ ...shared, earlyStopping: { eta: 3, firstEpochs: 2, by: 'epochs' } });
const model = simulation({ epochMs: 3, seedNoise: 0.002, networkNoise: 0.02, curvature: 0 });

function coordinate(into: Store, slots: number, onEvent: (event: SearchEvent) => void = () => {}, of: Plan = plan) {
  const executor = new LocalPool({ slots, run: runSimulated });
  return new Coordinator({ plan: of, simulation: model, store: into, executor, onEvent });
}
const standing = (of: Store) => of.read.trials(1).map(({ id, state }) => `${id} ${state} ${of.read.curve(id).length}`);

async function undisturbed() {
  const other = openStore();
  try {
    await coordinate(other, 4).run();
    return standing(other);
  } finally {
    other.close();
  }
}

describe('early stopping within a run', () => {
  it('pauses trials at rungs, lets the best go on, and chooses among those that came to the end', async () => {
    const notes: string[] = [];
    const end = await coordinate(store, 2, (event) => {
      if (event.event === 'note') notes.push(event.message);
    }).run();
    expect(end).toMatchObject({ state: 'finished', endedNow: 2, trials: { completed: 2, paused: 16, queued: 0 } });
    expect(notes).toEqual(['rung at epoch 2: 6 of 18 trials go on', 'rung at epoch 6: 2 of 6 trials go on']);
    const lengths = store.read.trials(1).map(({ id }) => store.read.curve(id).length);
    expect(lengths.sort((a, b) => a - b)).toEqual([...new Array(12).fill(2), ...new Array(4).fill(6), 9, 9]);
    const [summary] = store.read.searches();
    const { selection } = readSearchEvidence(store.read, summary!);
    expect(selection.choice).not.toBeNull();
    expect(selection.rejected.map(({ reason }) => reason)).toContain('no finished trial: paused at epoch 2');
    expect(store.read.attempts(1).some(({ state }) => state === 'crashed' || state === 'lost')).toBe(false);
  });

  it('comes to the same with one worker and with four', async () => {
    await coordinate(store, 1).run();
    expect(standing(store)).toEqual(await undisturbed());
  });

  it('goes on from any moment at which it was stopped', async () => {
    for (let life = 1; ; life++) {
      // A simulated trial keeps no checkpoint: a life must be long enough for two of them.
      let left = 25;
      const coordinator = coordinate(store, 2, (event) => {
        if (event.event === 'epoch' && --left === 0) void coordinator.stop('now');
      });
      const { state } = await coordinator.run();
      if (state === 'finished') break;
      expect(life).toBeLessThan(60);
    }
    expect(standing(store)).toEqual(await undisturbed());
  });

  it('trains nothing when the search was finished, and all the rest when asked to without early stopping', async () => {
    await coordinate(store, 2).run();
    expect(await coordinate(store, 2).run()).toMatchObject({ state: 'finished', endedNow: 0 });
    const end = await coordinate(store, 2, () => {}, smallPlan(shared)).run();
    expect(end).toMatchObject({ state: 'finished', endedNow: 16, trials: { completed: 18, paused: 0 } });
  });

  it('ends all when all are cancelled, also those that wait', async () => {
    let left = 4;
    const coordinator = coordinate(store, 2, (event) => {
      if (event.event === 'trial-ended' && --left === 0) void coordinator.cancel();
    });
    const { trials } = await coordinator.run();
    expect(trials).toMatchObject({ completed: 0, paused: 0, cancelled: 18 });
  });

  it('goes on without a trial that was cancelled by name', async () => {
    let asked: Promise<number> | null = null;
    const named = simulatedPlan(plan, model).trials.at(-1)!.id;
    const coordinator = coordinate(store, 2, ({ event }) => {
      if (event === 'trial-started' && !asked) asked = coordinator.cancel([named]);
    });
    const { trials } = await coordinator.run();
    expect(await asked).toBe(1);
    expect(trials).toMatchObject({ completed: 2, cancelled: 1, paused: 15 });
  });
});
