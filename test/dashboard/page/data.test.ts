import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlanView, StateView } from '../../../dashboard/api.js';
import { accuracyText, coefficientsText, networkLines } from '../../../dashboard/page/data/describe.js';
import { applyFilter } from '../../../dashboard/page/data/filter.js';
import { moment, wholePercent } from '../../../dashboard/page/data/format.js';
import { costMetrics, familyMeasures } from '../../../dashboard/page/data/metrics.js';
import { buildRows, countStates, type NetworkRow } from '../../../dashboard/page/data/model.js';
import { parseRoute, searchLink, trialLink } from '../../../dashboard/page/data/route.js';
import {
  defaults,
  formatSettings,
  parseSettings,
  toggled,
  trialStates,
} from '../../../dashboard/page/data/settings.js';
import { StoreViews } from '../../../dashboard/views/store-views.js';
import { StoreReader } from '../../../db/reader.js';
import { scratchFolder } from '../../support/scratch.js';
import { fillSimulatedStore } from '../../support/simulated-store.js';

const file = path.join(scratchFolder('page-data'), 'store.sqlite');
let reader: StoreReader;
let plan: PlanView;
let state: StateView;
beforeAll(() => {
  const simulation = { faults: { crash: 0.2, diverge: 0.1 } };
  const { searchId } = fillSimulatedStore(file, { simulation, finish: 40, running: 3 });
  reader = StoreReader.open(file);
  const views = new StoreViews(reader);
  plan = views.plan(searchId)!;
  state = views.state(searchId)!;
});
afterAll(() => reader.close());

describe('the rows of a search', () => {
  it('join every network and trial of the plan with its state, in order', () => {
    const { networks, trials } = buildRows(plan, state);
    expect(networks.map(({ id }) => id)).toEqual(plan.networks.map(({ id }) => id));
    expect(trials.map(({ id }) => id)).toEqual(plan.trials.map(({ id }) => id));
    trials.forEach((row, i) => {
      expect(row.trial).toBe(state.trials[i]);
      expect(row.network.id).toBe(plan.trials[i]!.networkId);
      expect(row.network.trials).toContain(row);
    });
  });

  it('carry the verdict of the selection, and one choice', () => {
    const { networks } = buildRows(plan, state);
    const ids = (verdict: NetworkRow['verdict']) =>
      networks.filter((row) => row.verdict === verdict).map(({ id }) => id);
    expect(ids('chosen')).toEqual([state.selection.choice!.networkId]);
    expect(new Set([...ids('chosen'), ...ids('tied')])).toEqual(new Set(state.selection.tieSet));
    for (const row of networks) expect(row.verdict === 'open').toBe(row.estimate === null);
    for (const row of networks.filter(({ verdict }) => verdict === 'compared')) expect(row.group).not.toBe('searched');
  });

  it('leave out the trials that only the plan or only the state knows yet', () => {
    const before = { ...state, trials: state.trials.slice(0, 5) };
    expect(buildRows(plan, before).trials).toHaveLength(5);
    const early = { ...plan, trials: plan.trials.slice(0, 5) };
    expect(buildRows(early, state).trials).toHaveLength(5);
  });

  it('time an image by the mean over the finished trials of a network', () => {
    const { networks } = buildRows(plan, state);
    for (const { trials, secondsPerImage } of networks) {
      const times = trials.flatMap(({ trial }) =>
        trial.state === 'completed' && trial.result.imagesPerSecond ? [1 / trial.result.imagesPerSecond] : [],
      );
      if (times.length === 0) expect(secondsPerImage).toBeNull();
      else expect(secondsPerImage).toBeCloseTo(times.reduce((sum, time) => sum + time, 0) / times.length, 12);
    }
  });

  it('have shares of the extra compute that add up to 1, and none for the baseline', () => {
    const { networks } = buildRows(plan, state);
    const baseline = networks.find(({ network }) => network.points.some(({ role }) => role === 'baseline'))!;
    expect(baseline.shares).toBeNull();
    const shared = networks.filter(({ shares }) => shares !== null);
    expect(shared.length).toBeGreaterThan(0);
    for (const { shares } of shared) expect(shares!.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
  });

  it('count trials by state as the store does', () => {
    const summary = reader.searches()[0]!;
    expect(countStates(state.trials)).toEqual(summary.trials);
  });
});

describe('the filter', () => {
  const all = () => buildRows(plan, state);

  it('leaves trials in the wanted states and the networks that have one', () => {
    const { networks, trials } = all();
    const kept = applyFilter(networks, trials, { states: new Set(['failed'] as const), range: null });
    expect(kept.trials).toEqual(trials.filter(({ trial }) => trial.state === 'failed'));
    expect(new Set(kept.networks)).toEqual(new Set(kept.trials.map(({ network }) => network)));
    expect(kept.trials.length).toBeGreaterThan(0);
    expect(applyFilter(networks, trials, { states: new Set(), range: null })).toEqual({ networks: [], trials: [] });
  });

  it('leaves within a range, both ends included, only networks with a result there', () => {
    const { networks, trials } = all();
    const one = networks.find(({ estimate }) => estimate !== null)!;
    const { macs } = one.network.cost;
    const { mean } = one.estimate!;
    const range = { metric: 'macs', cost: [macs, macs], accuracy: [mean, mean] } as const;
    const kept = applyFilter(networks, trials, { states: new Set(trialStates), range });
    expect(kept.networks).toContain(one);
    for (const row of kept.networks) expect(row).toMatchObject({ network: { cost: { macs } }, estimate: { mean } });
    const outside = { ...range, cost: [macs + 1, Number.MAX_VALUE] as const };
    expect(applyFilter(networks, trials, { states: new Set(trialStates), range: outside }).networks).not.toContain(one);
  });
});

describe('the address', () => {
  it.each([
    ['', { page: 'overview' }],
    ['#/searches/3', { page: 'search', searchId: 3 }],
    ['#/searches/3/trials/1f%2F3a', { page: 'trial', searchId: 3, trialId: '1f/3a' }],
    ['#/searches/3/trials/%E0%A4%A', { page: 'trial', trialId: '%E0%A4%A' }],
    ['#/searches/0', { page: 'overview' }],
    ['#/searches/1.5', { page: 'overview' }],
    ['#/searches/__proto__', { page: 'overview' }],
    ['#/searches/3/trials/', { page: 'search', searchId: 3 }],
  ])('%s leads to %j', (hash, route) => {
    expect(parseRoute(hash)).toMatchObject(route);
  });

  it('is read back as it was made', () => {
    const params = new URLSearchParams({ rule: 'a b&c' });
    const route = parseRoute(trialLink(7, 'x/y?z#', params));
    expect(route).toMatchObject({ page: 'trial', searchId: 7, trialId: 'x/y?z#' });
    expect(route.params.get('rule')).toBe('a b&c');
    expect(parseRoute(searchLink(7))).toMatchObject({ page: 'search', searchId: 7 });
  });

  it('holds every setting, and none that is as by default', () => {
    expect(formatSettings(defaults).toString()).toBe('');
    const settings = {
      states: new Set(['failed', 'queued'] as const),
      range: { metric: 'memory', cost: [1, 2.5], accuracy: [0.25, 0.75] },
      metric: 'params',
      layers: new Set(['published'] as const),
      rule: 'cheapest',
      curves: 20,
      measure: 'trainLoss',
      table: 'trials',
      family: 'memory',
    } as const;
    expect(parseSettings(formatSettings(settings))).toEqual(settings);
    expect(parseSettings(formatSettings({ ...settings, states: new Set() })).states).toEqual(new Set());
  });

  it.each([
    'states=nonsense',
    'range=macs,1,2,3',
    'range=toString,1,2,3,4',
    'range=macs,1,2,3,x',
    'curves=7',
    'cost=__proto__',
    'table=x',
  ])('that makes no sense (%s) is read as the default, a set as what it names', (query) => {
    const settings = parseSettings(new URLSearchParams(query));
    expect(settings).toEqual({ ...defaults, ...(query.startsWith('states') ? { states: new Set() } : {}) });
  });

  it('toggles without touching what it was given', () => {
    const before = new Set(['a', 'b']);
    expect(toggled(before, 'a')).toEqual(new Set(['b']));
    expect(toggled(before, 'c')).toEqual(new Set(['a', 'b', 'c']));
    expect(before).toEqual(new Set(['a', 'b']));
  });
});

describe('the words of the page', () => {
  it('never call a probability certain that is not', () => {
    expect([0, 0.004, 0.5, 0.994, 0.995, 0.9999, 1].map(wholePercent)).toEqual([
      '0 %',
      '0 %',
      '50 %',
      '99 %',
      '> 99 %',
      '> 99 %',
      '100 %',
    ]);
  });

  it('give a moment to the minute', () => {
    expect(moment(new Date(2026, 0, 5, 9, 7).getTime())).toBe('5 Jan 2026, 09:07');
  });

  it('give a mean with its spread, interval and seeds, and say where there is none', () => {
    const estimate = { mean: 0.7631, ownSd: 0.0041, interval: [0.759, 0.7672], n: 3 };
    expect(accuracyText({ estimate } as never)).toBe('76.31 ± 0.41 %, 95 % interval 75.90 to 76.72, 3 seeds');
    expect(accuracyText({ estimate: { mean: 0.5, ownSd: null, interval: null, n: 1 } } as never)).toBe(
      '50.00 %, 1 seed',
    );
    expect(accuracyText({ estimate: null })).toBe('no result yet');
  });

  it('describe a network by the values of its row', () => {
    const { networks } = buildRows(plan, state);
    const chosen = networks.find(({ verdict }) => verdict === 'chosen')!;
    const lines = networkLines(chosen);
    expect(lines[0]).toBe(accuracyText(chosen));
    expect(lines[1]).toContain(`${chosen.network.resolutionPx} px`);
    expect(lines.at(-1)).toBe(`chosen: ${state.selection.choice!.reason}`);
    expect(coefficientsText(chosen)).toMatch(/^α \d\.\d{2,4} {2}β \d\.\d{2,4} {2}γ \d\.\d{2,4} {2}φ \d/);
  });

  it('read every cost off the network', () => {
    const { networks } = buildRows(plan, state);
    const row = networks.find(({ secondsPerImage }) => secondsPerImage !== null)!;
    const { macs, params, activations } = row.network.cost;
    const values = Object.fromEntries(Object.entries(costMetrics).map(([name, { of }]) => [name, of(row)]));
    expect(values).toEqual({
      macs,
      params,
      activations,
      secondsPerImage: row.secondsPerImage,
      memory: row.network.peakBytes,
    });
    const member = { cost: row.network.cost, peakBytes: 7 } as never;
    expect(Object.values(familyMeasures).map(({ of }) => of(member))).toEqual([activations, params, macs, 7]);
  });
});
