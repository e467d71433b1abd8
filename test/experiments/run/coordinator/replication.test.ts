import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../../../db/store.js';
import { readSearchEvidence } from '../../../../experiments/handover/evidence.js';
import { Coordinator } from '../../../../experiments/run/coordinator/coordinator.js';
import type { SearchEvent } from '../../../../experiments/run/coordinator/search-events.js';
import { seedBudgetOf } from '../../../../search/strategy/replicate-planned.js';
import { LocalPool } from '../../../../workers/executors/local/pool.js';
import { runSimulated } from '../../../../workers/trial/simulated.js';
import { scratchStores } from '../../../support/scratch-stores.js';
import { simulation } from '../../../support/simulated.js';
import { smallPlan } from '../../../support/small-plan.js';

const openStore = scratchStores('replicator');
let store: Store;
beforeEach(() => {
  store = openStore();
});

/** Fifteen searched networks (the baseline is one of them) and up to twelve seeds for their front. */
const plan = smallPlan({ depths: 15, replicates: 1, seedBudget: 12 });
const model = simulation({ epochMs: 5, seedNoise: 0.01, networkNoise: 0.02, curvature: 0 });

function coordinate(into: Store, slots: number, onEvent: (event: SearchEvent) => void = () => {}) {
  const executor = new LocalPool({ slots, run: runSimulated });
  return new Coordinator({ plan, simulation: model, store: into, executor, onEvent });
}
const replicates = () => store.read.trials(1).map(({ networkId, replicate }) => `${networkId}/${replicate}`);
const evidence = (of: Store) =>
  of.read.evidence(1).toSorted((a, b) => a.networkId.localeCompare(b.networkId) || a.replicate - b.replicate);

async function undisturbed() {
  const other = openStore();
  try {
    await coordinate(other, 4).run();
    return evidence(other);
  } finally {
    other.close();
  }
}

describe('replication within a run', () => {
  it('gives the front further seeds, within the budget, and says so', async () => {
    const notes: string[] = [];
    const end = await coordinate(store, 2, (event) => {
      if (event.event === 'note') notes.push(event.message);
    }).run();
    const further = end.trials.completed - plan.trials.length;
    expect(further).toBeGreaterThanOrEqual(6);
    expect(further).toBeLessThanOrEqual(12);
    expect(end.endedNow).toBe(end.trials.completed);
    expect(new Set(replicates()).size).toBe(end.trials.completed);
    expect(notes[0]).toBe(
      'round 1 of replication: 6 more seeds for 6 of the 15 networks that cannot be told from the best',
    );
    expect(notes.at(-1)).toMatch(/^no further seeds: /);
    const [summary] = store.read.searches();
    const { selection } = readSearchEvidence(store.read, summary!);
    expect(selection.noise.basis).not.toBe('assumed');
    expect(selection.tieSet.length).toBeLessThan(15);
    expect(selection.estimates.find(({ networkId }) => networkId === selection.choice?.networkId)?.n).toBeGreaterThan(
      1,
    );
  });

  it('asks for the same seeds with one worker and with four', async () => {
    await coordinate(store, 1).run();
    expect(evidence(store)).toEqual(await undisturbed());
  });

  it('goes on from any moment at which it was stopped, with the same seeds', async () => {
    for (let life = 1; ; life++) {
      let left = 4;
      const coordinator = coordinate(store, 2, (event) => {
        if (event.event === 'trial-ended' && --left === 0) void coordinator.stop('now');
      });
      const { state } = await coordinator.run();
      if (state === 'finished') break;
      expect(life).toBeLessThan(20);
    }
    expect(evidence(store)).toEqual(await undisturbed());
  });

  it('trains and writes nothing when the search was finished', async () => {
    await coordinate(store, 2).run();
    const events = store.read.events(0, 1000).length;
    expect(await coordinate(store, 2).run()).toMatchObject({ state: 'finished', endedNow: 0 });
    expect(store.read.events(0, 1000)).toHaveLength(events);
  });

  it('takes seeds that another search of the store has trained already', async () => {
    await coordinate(store, 2).run();
    const larger = smallPlan({ depths: 15, replicates: 1, seedBudget: 13 });
    const executor = new LocalPool({ slots: 2, run: runSimulated });
    const end = await new Coordinator({ plan: larger, simulation: model, store, executor }).run();
    expect(end.endedNow).toBeLessThanOrEqual(7);
    expect(end.trials.completed).toBeGreaterThan(plan.trials.length + 6);
  });

  it('gives no seeds in the place of trials that were cancelled', async () => {
    let left = 3;
    const coordinator = coordinate(store, 2, (event) => {
      if (event.event === 'trial-ended' && --left === 0) void coordinator.cancel();
    });
    const { trials } = await coordinator.run();
    expect(trials.cancelled).toBeGreaterThan(0);
    expect(trials.completed + trials.cancelled).toBe(plan.trials.length);
    expect(await coordinate(store, 2).run()).toMatchObject({ endedNow: 0 });
  });

  it('spends no more than the budget when what failed is trained again and other seeds would be asked for', async () => {
    const faulty = simulation({ ...model, faults: { diverge: 0.3 } });
    const run = () => {
      const executor = new LocalPool({ slots: 2, run: runSimulated });
      const coordinator = new Coordinator({ plan, simulation: faulty, store, executor });
      return { coordinator, ended: coordinator.run() };
    };
    const first = await run().ended;
    expect(first.trials.failed).toBeGreaterThan(0);
    for (let again = 0; again < 3; again++) {
      store.requeue(1, ['failed']);
      await run().ended;
    }
    const extra = store.read.trials(1).filter(({ replicate }) => replicate >= 1);
    expect(extra.length).toBeLessThanOrEqual(12);
  });
});

describe('the seed budget', () => {
  it('is half as many as there are networks in the grid, unless the experiment says otherwise', () => {
    expect(seedBudgetOf(smallPlan({ depths: 15, replicates: 1 }))).toBe(8);
    expect(seedBudgetOf(smallPlan({ depths: 15, replicates: 2 }))).toBe(0);
    expect(seedBudgetOf(smallPlan({ depths: 1, replicates: 1 }))).toBe(0);
    expect(seedBudgetOf(smallPlan({ depths: 15, replicates: 2, seedBudget: 5 }))).toBe(5);
    expect(seedBudgetOf(smallPlan({ depths: 15, replicates: 1, seedBudget: 0 }))).toBe(0);
  });
});
