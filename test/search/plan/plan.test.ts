import { beforeAll, describe, expect, it } from 'vitest';
import { graphCost } from '../../../search/cost/counts.js';
import { type Architecture, networkId } from '../../../search/network/architecture.js';
import { expand } from '../../../search/network/graph.js';
import { resolveNetwork } from '../../../search/network/presets.js';
import { type ExperimentSpec, parseExperiment } from '../../../search/plan/experiment.js';
import { makePlan, type Plan } from '../../../search/plan/plan.js';
import { planSummary } from '../../../search/plan/plan-summary.js';
import { strideWarning } from '../../../search/plan/warnings.js';
import { multipliers } from '../../../search/scaling/coefficients.js';
import { scaleArchitecture } from '../../../search/scaling/scaling.js';

const experiment = (fields: object = {}): ExperimentSpec =>
  parseExperiment({
    name: 'test',
    question: 'which?',
    baseline: 'efficientnet-b0',
    data: { source: 'shapes' },
    ...fields,
  });
const planOf = (fields: object = {}): Plan => {
  const spec = experiment(fields);
  return makePlan(spec, resolveNetwork(spec.baseline as string));
};
const tiny = { baseline: 'mbconv-tiny' };
const coarse = (step = 0.1) => {
  const range = { from: 1, to: 2, step };
  return { alpha: range, beta: range, gamma: range };
};
const grid = (plan: Plan) => plan.points.filter(({ role }) => role === 'grid');

describe("the paper's grid around EfficientNet-B0", () => {
  let plan: Plan;
  beforeAll(() => {
    plan = planOf();
  });

  it('has 108 points and 65 networks of ×1.93 to ×3.33', () => {
    const { points, networks, nominal, realised, withinTolerance } = planSummary(plan);
    expect({ points, networks, withinTolerance }).toEqual({ points: 108, networks: 65, withinTolerance: 5 });
    expect([nominal.min, nominal.max].map((cost) => cost.toFixed(2))).toEqual(['1.90', '2.10']);
    expect([realised.min, realised.max].map((cost) => cost.toFixed(2))).toEqual(['1.93', '3.33']);
  });

  it("shows the paper's own coefficients as ×1.92 nominal and ×2.57 realised", () => {
    const own = grid(plan).find(({ alpha, beta, gamma }) => alpha === 1.2 && beta === 1.1 && gamma === 1.15);
    expect(own?.nominal).toBeCloseTo(1.92027, 8);
    expect(own?.realised.toFixed(2)).toBe('2.57');
  });

  it('retargeted with nearest rounding has at least 90 points within ±5 % of ×2', () => {
    const { points, withinTolerance } = planSummary(planOf({ scaling: { retarget: true, rounding: 'nearest' } }));
    expect(points).toBe(108);
    expect(withinTolerance).toBeGreaterThanOrEqual(90);
  });

  it('plans, beside the grid, the baseline and each single dimension at three of its costs', () => {
    const roles = plan.points.map(({ role }) => role).filter((role) => role !== 'grid');
    expect(roles).toEqual(['baseline', ...['depth', 'width', 'resolution'].flatMap((role) => [role, role, role])]);
    // One of the series' networks is also one of the grid's 65.
    expect(planSummary(plan)).toMatchObject({ trials: 74, series: { points: 9, networks: 9 } });
    for (const { role, alpha, beta, gamma } of plan.points) {
      if (role === 'depth') expect([beta, gamma]).toEqual([1, 1]);
      if (role === 'width') expect([alpha, gamma]).toEqual([1, 1]);
      if (role === 'resolution') expect([alpha, beta]).toEqual([1, 1]);
    }
  });
});

describe('a plan', () => {
  const plan = planOf({ ...tiny, grid: coarse(), replicates: 3 });

  it('has enough distinct networks for the demonstration', () => {
    expect(planSummary(plan).networks).toBeGreaterThanOrEqual(15);
  });

  it('refers to networks that it lists, once each, and lists no other', () => {
    const listed = plan.networks.map(({ id }) => id);
    expect(new Set(listed).size).toBe(listed.length);
    expect(new Set(plan.points.map((point) => point.networkId))).toEqual(new Set(listed));
    for (const { id, network } of plan.networks) expect(networkId(network)).toBe(id);
  });

  it('gives each point the network and the cost that scaling its baseline gives', () => {
    for (const point of plan.points) {
      const by = multipliers(point);
      const { cost, network } = plan.networks.find(({ id }) => id === point.networkId)!;
      const scaled = scaleArchitecture(plan.baseline, by, { rounding: 'efficientnet', resolutionMultiple: 1 });
      expect(network).toEqual(scaled);
      expect(cost).toEqual(graphCost(expand(scaled)));
      expect(point.realised).toBe(cost.macs / plan.baselineCost.macs);
    }
  });

  it('trains every network once before any again, each replicate with a seed of its own', () => {
    const { networks, trials } = plan;
    expect(trials).toHaveLength(3 * networks.length);
    for (const replicate of [0, 1, 2]) {
      const round = trials.slice(replicate * networks.length, (replicate + 1) * networks.length);
      expect(new Set(round.map((trial) => trial.replicate))).toEqual(new Set([replicate]));
      expect(new Set(round.map((trial) => trial.networkId)).size).toBe(networks.length);
    }
    expect(new Set(trials.map(({ id }) => id)).size).toBe(trials.length);
    expect(new Set(trials.map(({ seed }) => seed)).size).toBe(trials.length);
  });

  it('is the same plan whatever the order of keys and whatever the prose', () => {
    const fields = { ...tiny, grid: coarse(), replicates: 3, question: 'another?', cost: 'little', $schema: 'x' };
    const reversed = Object.fromEntries(Object.entries(fields).reverse());
    expect(planOf(reversed)).toMatchObject({ hash: plan.hash, trials: plan.trials });
  });

  it.each([
    ['seed', { seed: 2 }],
    ['recipe', { training: { epochs: 3 } }],
    ['dataset', { data: { source: 'shapes', seed: 7 } }],
    ['resolution', { resolutionPx: 80 }],
  ])('has other trials with another %s', (_what, fields) => {
    const other = planOf({ ...tiny, grid: coarse(), replicates: 3, ...fields });
    expect(other.hash).not.toBe(plan.hash);
    const known = new Set(plan.trials.map(({ id }) => id));
    expect(other.trials.some(({ id }) => known.has(id))).toBe(false);
  });

  it('keeps its finished trials when replicates are added', () => {
    const known = new Set(plan.trials.map(({ id }) => id));
    const fewer = planOf({ ...tiny, grid: coarse(), replicates: 1 });
    expect(fewer.trials.every(({ id }) => known.has(id))).toBe(true);
    expect(fewer.hash).not.toBe(plan.hash);
  });

  const folderAt = (path: string, fields: object = {}) => ({ data: { source: 'folder', path, ...fields } });

  it.each([
    ['folder', folderAt('/a/pets'), folderAt('/b/c/pets/')],
    ['folder of another system', folderAt('/a/pets'), folderAt('C:\\data\\pets')],
    [
      'CIFAR-10, under whatever name',
      { data: { source: 'cifar10', path: '/a/cifar' } },
      { data: { source: 'cifar10', path: '/b/batches' } },
    ],
  ])('stays the same where the data are moved: a %s', (_what, before, after) => {
    const [first, moved] = [before, after].map((fields) => planOf({ ...tiny, grid: coarse(), ...fields }));
    expect(moved?.hash).toBe(first?.hash);
    expect(moved?.trials).toEqual(first?.trials);
  });

  it.each([
    ['name', folderAt('/a/cars')],
    ['limit', folderAt('/a/pets', { limitPerClass: 5 })],
    ['seed of the split', folderAt('/a/pets', { seed: 2 })],
  ])('has other trials where the folder has another %s', (_what, other) => {
    const [pets, others] = [folderAt('/a/pets'), other].map((fields) => planOf({ ...tiny, grid: coarse(), ...fields }));
    expect(others?.hash).not.toBe(pets?.hash);
    const known = new Set(pets?.trials.map(({ id }) => id));
    expect(others?.trials.some(({ id }) => known.has(id))).toBe(false);
  });

  it('has the same hash under another prose, and another with another number of classes', () => {
    const spec = experiment({ ...tiny, grid: coarse(), question: 'why?', expected: 'this', cost: 'nothing' });
    const hash = (classes: number) => makePlan(spec, resolveNetwork('mbconv-tiny'), { classes }).hash;
    expect(hash(10)).toBe(planOf({ ...tiny, grid: coarse() }).hash);
    expect(hash(12)).not.toBe(hash(10));
  });

  it("takes the dataset's classes and channels", () => {
    const spec = experiment(tiny);
    const { baseline, networks } = makePlan(spec, resolveNetwork('mbconv-tiny'), { classes: 12, channels: 1 });
    expect(
      [baseline, ...networks.map(({ network }) => network)].every(
        ({ classes, channels }) => classes === 12 && channels === 1,
      ),
    ).toBe(true);
  });

  it('predicts memory for the engine that will train', () => {
    const spec = experiment(tiny);
    const peak = (engine: 'wasm' | 'cpu') =>
      makePlan(spec, resolveNetwork('mbconv-tiny'), { engine }).networks[0]?.peakBytes;
    expect(peak('cpu')).not.toBe(peak('wasm'));
  });

  it('raises dropout with φ and leaves the baseline its own', () => {
    const { networks, points } = planOf({ ...tiny, grid: { ...coarse(), phi: 3 } });
    const dropout = (role: string) => {
      const ids = new Set(points.filter((point) => point.role === role).map((point) => point.networkId));
      return new Set(networks.filter(({ id }) => ids.has(id)).map(({ network }) => network.regularisation.dropout));
    };
    expect([dropout('baseline'), dropout('grid'), dropout('depth')]).toEqual([
      new Set([0.1]),
      new Set([0.2]),
      new Set([0.2]),
    ]);
  });

  it('scales down at a negative φ', () => {
    const { realised, nominal } = planSummary(
      planOf({ grid: { ...coarse(), phi: -1 }, scaling: { rounding: 'nearest' } }),
    );
    expect(nominal.max).toBeLessThan(0.53);
    expect(realised.max).toBeLessThan(0.8);
  });

  it('rounds resolutions to a multiple only when asked to', () => {
    const sides = (resolutionMultiple: number) =>
      planOf({ grid: coarse(), scaling: { resolutionMultiple }, singleDimension: false }).networks.map(
        ({ network }) => network.resolutionPx,
      );
    expect(sides(32).every((px) => px % 32 === 0)).toBe(true);
    expect(sides(1).some((px) => px % 32 !== 0)).toBe(true);
  });
});

describe('a retargeted plan', () => {
  const plan = planOf({ ...tiny, grid: { ...coarse(0.05), phi: 2 }, scaling: { retarget: true, rounding: 'nearest' } });

  it('keeps directions and moves φ, so that costs gather at the target', () => {
    for (const point of grid(plan)) {
      expect(Math.abs(Math.log2(point.realised / 4))).toBeLessThan(0.25);
      expect(point.nominal).toBeCloseTo((point.alpha * point.beta ** 2 * point.gamma ** 2) ** point.phi, 10);
    }
    const spread = planSummary(planOf({ ...tiny, grid: { ...coarse(0.05), phi: 2 } })).realised;
    const { min, max } = planSummary(plan).realised;
    expect(max / min).toBeLessThan(spread.max / spread.min);
  });

  it('compares with one network per single dimension, at the target', () => {
    expect(plan.points.map(({ role }) => role).filter((role) => role !== 'grid')).toEqual([
      'baseline',
      'depth',
      'width',
      'resolution',
    ]);
  });

  it('is refused where no direction leads to the target', () => {
    const grid = {
      alpha: { from: 1, to: 1, step: 1 },
      beta: { from: 1, to: 1, step: 1 },
      gamma: { from: 1, to: 1, step: 1 },
      tolerance: 1,
    };
    expect(() => planOf({ ...tiny, grid, scaling: { retarget: true } })).toThrow(
      "scaling.retarget: expected a point whose direction reaches ×2 of the baseline's macs, got none of 1",
    );
  });
});

describe('limits and warnings', () => {
  it('limits act on the realised network and say what they removed', () => {
    const plan = planOf({ limits: { costRatio: 2.1 } });
    expect(grid(plan).every(({ realised }) => realised <= 2.1)).toBe(true);
    expect(plan.removed).toEqual([
      {
        limit: 'costRatio',
        max: 2.1,
        points: 103,
        overBy: { min: expect.closeTo(1.0156, 4), max: expect.closeTo(1.585, 4) },
      },
    ]);
    expect(planSummary(plan)).toMatchObject({ points: 5, gridPointsBeforeLimits: 108, removed: { costRatio: 103 } });
  });

  it('limits that leave nothing are an error', () => {
    expect(() => planOf({ limits: { memoryBytes: 1e6 } })).toThrow(
      /^limits: expected to leave a point, got none of 108: memoryBytes ≤ 1000000 removed 108 points/,
    );
  });

  it('a point of a series over a limit is left out with a warning', () => {
    const { points, warnings } = planOf({ limits: { params: 10e6 } });
    expect(points.filter(({ role }) => role === 'width')).toHaveLength(1);
    expect(
      warnings.some((warning) => /The limits leave out \d points of the single-dimension series/.test(warning)),
    ).toBe(true);
  });

  it('a point whose image becomes too small is told with its input', () => {
    expect(() => planOf({ baseline: 'vgg16', grid: { ...coarse(), phi: -6 }, singleDimension: false })).toThrow(
      /^scaled to \d+ px, pool\d\/pool: expected an input of at least 2 px, got 1 px$/,
    );
  });

  it.each([
    ['depth', { alpha: { from: 16, to: 16, step: 1 }, product: 16 }, /^scaled to 1.84e\+19 blocks in stage1: expected/],
    ['width', { beta: { from: 16, to: 16, step: 1 }, product: 256 }, /^scaled to \S+ channels in stem: expected/],
    ['resolution', { gamma: { from: 16, to: 16, step: 1 }, product: 256 }, /^scaled to an input of \S+ px: expected/],
  ])('a point whose %s grows beyond every network is refused', (_what, range, sentence) => {
    const one = { from: 1, to: 1, step: 1 };
    expect(() => planOf({ ...tiny, grid: { alpha: one, beta: one, gamma: one, ...range, phi: 16 } })).toThrow(sentence);
  });

  it('looks for costs beyond every network without building one', () => {
    const plan = planOf({ grid: { ...coarse(0.5), product: 2, tolerance: 0.5, phi: 7 }, scaling: { retarget: true } });
    for (const { realised, role } of plan.points)
      if (role !== 'baseline') expect(Math.abs(Math.log2(realised / 128))).toBeLessThan(0.5);
  });

  it('a baseline over a limit is told', () => {
    const { warnings } = planOf({ limits: { activations: 1e8, params: 5_288_547 }, grid: { ...coarse(), phi: -1 } });
    expect(warnings).toContain('The baseline itself is over params ≤ 5288547 by ×1.00.');
  });

  it('says when few points cost what they should', () => {
    expect(planOf().warnings).toEqual([
      'Only 5 of 108 points realise ×2 ± 5 % after rounding, so that accuracy is not compared at equal cost. ' +
        'scaling.retarget with scaling.rounding "nearest" brings them nearer.',
    ]);
    const retargeted = planOf({
      baseline: 'mobilenetv2',
      resolutionPx: 32,
      grid: coarse(),
      scaling: { retarget: true },
    });
    expect(retargeted.warnings[1]).toMatch(/^Only 5 of 20 points .* A larger resolution or a smaller widthDivisor/);
    expect(planOf({ scaling: { retarget: true, rounding: 'nearest' } }).warnings).toEqual([]);
  });

  it('says when warm-up eats the schedule', () => {
    const { warnings } = planOf({ ...tiny, training: { epochs: 2, warmupEpochs: 2 } });
    expect(warnings).toContain('training.warmupEpochs is 2 of 2 epochs: the learning rate never comes down.');
  });

  const at = (name: string, resolutionPx: number): Architecture => ({ ...resolveNetwork(name), resolutionPx });
  it.each([
    ['efficientnet-b0', 32, '1×1', 'use efficientnet-b0-small'],
    ['mobilenetv2', 64, '2×2', 'use mobilenetv2-small'],
    ['mnasnet-b1', 96, '3×3', 'use a baseline of a smaller stride'],
    ['vgg16', 64, '2×2', 'use a baseline of a smaller stride'],
  ])('warns of the stride of %s at %i px', (name, px, side, remedy) => {
    const [warning] = strideWarning(at(name, px));
    expect(warning).toContain(`${name} has stride 32: an image of ${px} px reaches the classifier as ${side}.`);
    expect(warning).toContain(remedy);
  });

  it.each([
    ['efficientnet-b0', 224],
    ['efficientnet-b0', 97],
    ['efficientnet-b0-small', 32],
    ['mobilenetv2-small', 32],
    ['mbconv-tiny', 32],
  ])('does not warn of %s at %i px', (name, px) => {
    expect(strideWarning(at(name, px))).toEqual([]);
  });
});
