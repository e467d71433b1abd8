import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromColumns } from '../../dashboard/views/curves.js';
import { StoreViews } from '../../dashboard/views/store-views.js';
import { StoreReader } from '../../db/reader.js';
import { Store } from '../../db/store.js';
import { toTrialRecord } from '../../db/tables/trials.js';
import { selectPlanned } from '../../search/evidence/select-planned.js';
import { fitSurface, inOptimumRegion, surfaceAt } from '../../search/evidence/surface.js';
import { targetRatio } from '../../search/scaling/target.js';
import { scratchFolder } from '../support/scratch.js';
import { fillSimulatedStore } from '../support/simulated-store.js';

const folder = scratchFolder('dashboard-views');
const file = path.join(folder, 'store.sqlite');
let reader: StoreReader;
let views: StoreViews;
let searchId: number;
beforeAll(() => {
  const simulation = { faults: { crash: 0.2, diverge: 0.1, oom: 0.1 } };
  ({ searchId } = fillSimulatedStore(file, { simulation, finish: 40, running: 3 }));
  reader = StoreReader.open(file);
  views = new StoreViews(reader);
});
afterAll(() => reader.close());

describe('what the page is told', () => {
  it('of the plan is what is planned: networks, costs, points, trials', () => {
    const plan = reader.plan(searchId);
    const view = views.plan(searchId)!;
    expect(view).toMatchObject({ hash: plan.hash, question: plan.spec.question, simulated: true, recipe: plan.recipe });
    expect(view.networks.map(({ id, cost, peakBytes }) => ({ id, cost, peakBytes }))).toEqual(
      plan.networks.map(({ id, cost, peakBytes }) => ({ id, cost, peakBytes })),
    );
    expect(view.networks.flatMap(({ id, points }) => points.map((point) => ({ ...point, networkId: id })))).toEqual(
      expect.arrayContaining([...plan.points]),
    );
    expect(view.trials).toEqual(plan.trials.map(({ id, networkId, replicate }) => ({ id, networkId, replicate })));
  });

  it('of the plan follows the trials that are added to it', () => {
    const grown = path.join(folder, 'grown.sqlite');
    const { searchId: id, plan } = fillSimulatedStore(grown);
    const own = StoreReader.open(grown);
    const ownViews = new StoreViews(own);
    expect(ownViews.plan(id)!.trials).toHaveLength(plan.trials.length);
    const writer = Store.open(grown);
    writer.addTrials(id, [{ id: 'an added trial', networkId: plan.networks[0]!.id, replicate: 9, seed: 1 }]);
    writer.close();
    expect(ownViews.plan(id)!.trials.at(-1)).toMatchObject({ id: 'an added trial', replicate: 9 });
    expect(ownViews.state(id)!.trials).toHaveLength(plan.trials.length + 1);
    own.close();
  });

  it('of the trials is what the store holds, each in its state, with an accuracy only where it is completed or running', () => {
    const stored = reader.trials(searchId);
    const { trials } = views.state(searchId)!;
    const states = new Set(stored.map(({ state }) => state));
    expect(states).toEqual(new Set(['completed', 'failed', 'running', 'queued']));
    expect(trials).toHaveLength(stored.length);
    stored.forEach((trial, i) => {
      const shown = trials[i]!;
      expect(shown).toMatchObject({ state: trial.state, attempts: trial.attempts });
      if (trial.state === 'completed' && shown.state === 'completed') expect(trial.result).toMatchObject(shown.result);
      if (trial.state === 'failed') expect(shown).toMatchObject({ outcome: trial.outcome, message: trial.message });
      expect(JSON.stringify(shown).includes('ccuracy')).toBe(trial.state === 'completed' || trial.state === 'running');
    });
  });

  it.each([undefined, 'fewest-macs', 'highest-mean', 'objective'])(
    'of the selection by rule %s is the one selection there is',
    (rule) => {
      const records = reader.trials(searchId).map((trial) => toTrialRecord(trial, []));
      const { selection } = selectPlanned(reader.plan(searchId), records, {
        validationImages: reader.validationImages(searchId),
        rule,
      });
      expect(views.state(searchId, rule)!.selection).toEqual(selection);
      expect(selection.choice).not.toBeNull();
    },
  );

  it('of a trial is its curve, its attempts and its confusion counts', () => {
    const completed = reader.trials(searchId).find(({ state, attempts }) => state === 'completed' && attempts > 1)!;
    const page = views.trial(searchId, completed.id)!;
    expect(page.epochs).toEqual(reader.curve(completed.id));
    expect(page.attempts).toEqual(
      reader
        .attempts(searchId)
        .filter(({ trialId }) => trialId === completed.id)
        .map(({ trialId: _, ...attempt }) => attempt),
    );
    const confusion = reader.confusion(completed.id)!;
    expect(page.confusion!.cells.every(([truth, predicted, n]) => confusion[truth]![predicted] === n)).toBe(true);
    expect(page.confusion!.cells.reduce((sum, [, , n]) => sum + n, 0)).toBe(
      confusion.flat().reduce((a, b) => a + b, 0),
    );
  });

  it('of a network adds up to its cost, block by block and layer by layer', () => {
    for (const { id, cost } of reader.plan(searchId).networks.slice(0, 5)) {
      const { blocks, layers } = views.network(searchId, id)!;
      for (const parts of [blocks, layers])
        for (const name of ['macs', 'params', 'activations'] as const)
          expect(parts.reduce((sum, part) => sum + part[name], 0)).toBe(cost[name]);
    }
  });

  it('of the fitted surface is the surface that the choice rests on, inside and outside of its region', () => {
    const plan = reader.plan(searchId);
    const { product } = plan.spec.grid;
    const records = reader.trials(searchId).map((trial) => toTrialRecord(trial, []));
    const { candidates, selection } = selectPlanned(plan, records, {
      validationImages: reader.validationImages(searchId),
    });
    const targetMacs = plan.baselineCost.macs * targetRatio(plan.spec);
    const { estimates, spread } = selection;
    const fitted = fitSurface(candidates, estimates, { targetMacs, product, spread })!;
    const { depths, widths, accuracy, region, optimum, bounds } = views.surface(searchId)!.value!;
    expect(optimum).toEqual(fitted.optimum);
    expect([depths[0], depths.at(-1)]).toEqual([...bounds.depth]);
    depths.forEach((depth, i) => {
      widths.forEach((width, j) => {
        const shares = { depth, width, resolution: 1 - depth - width };
        expect(accuracy[i]![j]).toBeCloseTo(surfaceAt(fitted, shares).value, 5);
        expect(region[i]![j]! <= 1).toBe(inOptimumRegion(fitted, shares));
      });
    });
  });

  it('of the family is the choice at each φ with its exact costs, and rivals at the same cost', () => {
    const { rows, coefficients } = views.family(searchId)!.value!;
    const chosen = views.state(searchId)!.selection.choice!.coefficients;
    expect({ ...coefficients, phi: chosen.phi }).toEqual(chosen);
    const { baselineCost } = reader.plan(searchId);
    expect(rows.find(({ phi }) => phi === 0)!.cost).toEqual(baselineCost);
    const members = rows.filter(({ rule }) => rule === 'compound');
    expect(members.map(({ phi }) => phi)).toEqual([-1, 0, 1, 2, 3, 4]);
    for (const { multipliers, phi } of members) expect(multipliers.depth).toBeCloseTo(coefficients.alpha ** phi, 12);
    const rivals = rows.filter(({ rule }) => rule !== 'compound');
    expect(new Set(rivals.map(({ rule }) => rule))).toEqual(new Set(['depth', 'width', 'resolution', 'fast']));
  });

  it('of failures is every attempt that did not end well', () => {
    const { attempts } = views.failures(searchId)!;
    const bad = reader.attempts(searchId).filter(({ state }) => !['completed', 'running', 'queued'].includes(state));
    expect(attempts.map(({ trialId, number, outcome }) => [trialId, number, outcome])).toEqual(
      bad.map(({ trialId, number, state }) => [trialId, number, state]),
    );
    expect(attempts.length).toBeGreaterThan(5);
  });

  it('of every epoch is the same in a report, to six digits', () => {
    const sixDigits = (value: number | null) => (value === null ? null : Number(value.toPrecision(6)));
    for (const { id, epochs } of views.report(searchId)!.trials) {
      const stored = reader
        .curve(id)
        .map((epoch) => Object.fromEntries(Object.entries(epoch).map(([name, value]) => [name, sixDigits(value)])));
      expect(fromColumns(epochs)).toEqual(stored);
    }
  });

  it('of the rungs is where early stopping pauses trials, and nothing where all are trained to the end', () => {
    expect(views.plan(searchId)!.rungs).toEqual([]);
    const halved = path.join(folder, 'halved.sqlite');
    const { searchId: id } = fillSimulatedStore(halved, {
      experiment: { earlyStopping: { firstEpochs: 2 } },
      finish: 1,
    });
    const own = StoreReader.open(halved);
    expect(new StoreViews(own).plan(id)!.rungs).toEqual([2, 6]);
    own.close();
  });

  it('of what is not there is null', () => {
    expect(views.plan(99)).toBeNull();
    expect(views.state(99)).toBeNull();
    expect(views.curves(99)).toBeNull();
    expect(views.failures(99)).toBeNull();
    expect(views.surface(99)).toBeNull();
    expect(views.family(99)).toBeNull();
    expect(views.network(searchId, 'constructor')).toBeNull();
    expect(views.trial(searchId, '')).toBeNull();
    expect(views.report(99)).toBeNull();
  });
});

describe('how a search stands', () => {
  it('stopped while nobody holds the store, running while somebody does, with the time left', () => {
    expect(views.state(searchId)).toMatchObject({ state: 'stopped', timeLeft: null });
    expect(views.overview().searches[0]).toMatchObject({ state: 'stopped', hosts: [], timeLeft: null });
    const coordinator = Store.open(file);
    try {
      const { state, timeLeft } = views.state(searchId)!;
      expect(state).toBe('running');
      // Three workers have the other trials and half of three before them, at the speed of the finished ones.
      const plan = reader.plan(searchId);
      const macsOf = new Map(plan.networks.map(({ id, cost }) => [id, cost.macs]));
      const trials = reader.trials(searchId);
      const msPerMac = trials.flatMap((trial) =>
        trial.state === 'completed' ? [trial.result.wallMs / macsOf.get(trial.networkId)!] : [],
      );
      const left = trials.reduce((sum, { state: s, networkId }) => {
        const share = s === 'queued' ? 1 : s === 'running' ? 0.5 : 0;
        return sum + share * macsOf.get(networkId)!;
      }, 0);
      const { expectedMs, lowMs, highMs } = timeLeft!;
      expect(expectedMs / ((msPerMac[0]! * left) / 3)).toBeGreaterThan(0.8);
      expect(expectedMs / ((msPerMac[0]! * left) / 3)).toBeLessThan(1.25);
      expect(lowMs).toBeLessThan(expectedMs);
      expect(highMs).toBeGreaterThan(expectedMs);
      expect(views.overview().searches[0]!.hosts.length).toBeGreaterThan(0);
    } finally {
      coordinator.close();
    }
  });

  it('finished when every trial is over', () => {
    const done = path.join(folder, 'done.sqlite');
    const { searchId: id } = fillSimulatedStore(done);
    const own = StoreReader.open(done);
    expect(new StoreViews(own).state(id)).toMatchObject({ state: 'finished', timeLeft: null });
    own.close();
  });
});
