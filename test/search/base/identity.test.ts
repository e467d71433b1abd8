import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type IdentityFields, identityOf, semanticsVersion, unless } from '../../../search/base/identity.js';
import {
  architectureSchema,
  networkId,
  networkIdentity,
  parseArchitecture,
} from '../../../search/network/architecture.js';
import { blockTypes } from '../../../search/network/blocks/index.js';
import { resolveNetwork } from '../../../search/network/presets.js';
import { datasetIdentity, datasetSchema } from '../../../search/plan/dataset.js';
import { experimentIdentity, parseExperiment } from '../../../search/plan/experiment.js';
import { makePlan } from '../../../search/plan/plan.js';
import { recipeIdentity, recipeSchema } from '../../../search/plan/recipe.js';
import { simulatedPlan } from '../../../search/simulation/simulated-plan.js';
import { simulationIdentity, simulationSchema } from '../../../search/simulation/simulation.js';

const spec = parseExperiment({
  name: 'golden',
  question: 'Are these still the same?',
  baseline: 'mbconv-tiny',
  data: { source: 'folder', path: '/data/pets', limitPerClass: 20 },
  training: { epochs: 3, optimizer: 'rmsprop' },
  seed: 7,
  replicates: 2,
});

/**
 * Literal values: whoever changes them renames what every store holds, so that nothing in it is found again. A new field needs a default
 * that trains what was trained before; what trains something else needs a new `semanticsVersion`, and then new values here.
 */
describe('what stores hold keeps its name', () => {
  const plan = makePlan(spec, resolveNetwork('mbconv-tiny'));

  it('networks', () => {
    expect(semanticsVersion).toBe(1);
    expect(
      ['mbconv-tiny', 'efficientnet-b0', 'efficientnet-b3', 'resnet50', 'vgg16', 'mobilenetv1'].map((name) =>
        networkId(resolveNetwork(name)),
      ),
    ).toEqual([
      'd7dcd4217e03b5bd',
      '494945e44b5d41e0',
      '8c26602b6d2cd78d',
      '6e789d108143458b',
      'f137f6dafb952dde',
      '4a5d1e20f45d2736',
    ]);
  });

  it('trials and their seeds', () => {
    expect([plan.trials[0], plan.trials.at(-1)]).toEqual([
      { id: '8e2418af89c3297f', networkId: '1ce8dceaa4fc2a65', replicate: 0, seed: 2761305322 },
      { id: '671ad50c00fac43f', networkId: '87d58d74ee182de0', replicate: 1, seed: 2881955250 },
    ]);
  });

  it('plans, trained and simulated', () => {
    expect(plan.hash).toBe('137db6182b986e94be41770394ed053a898cb76fb5694dbc87f26967fb5a48e7');
    const simulated = simulatedPlan(plan, simulationSchema.parse({}));
    expect([simulated.hash, simulated.trials[0]?.id]).toEqual([
      'd3383437718c60e3376fb6d8ca58ed1f22ceff330e1439d085e351fc5c60faf1',
      '86c3456b7f83441a',
    ]);
  });
});

/** A default that changes is another training under an old id: it needs a new `semanticsVersion`. A field that is added belongs here too. */
describe('the defaults that ids leave out', () => {
  it('of a recipe', () => {
    expect(recipeSchema.parse({})).toEqual({
      epochs: 10,
      batch: 64,
      optimizer: 'sgd',
      learningRate: 0.1,
      momentum: 0.9,
      warmupEpochs: 1,
      weightDecay: 1e-5,
      labelSmoothing: 0.1,
      emaDecay: 0,
      residualGamma: 1,
      flip: true,
      cropPadding: 0.125,
    });
  });

  it('of datasets', () => {
    expect(datasetSchema.parse({ source: 'shapes' })).toEqual({
      source: 'shapes',
      seed: 1,
      train: 2400,
      validation: 600,
      test: 600,
    });
    expect(datasetSchema.parse({ source: 'folder', path: 'x' })).toEqual({
      source: 'folder',
      path: 'x',
      seed: 1,
      validation: 0.1,
      test: 0.1,
    });
    expect(datasetSchema.parse({ source: 'cifar10', path: 'x' })).toEqual({
      source: 'cifar10',
      path: 'x',
      seed: 1,
      validation: 0.1,
    });
  });

  it('of block types and networks', () => {
    const defaults = Object.values(blockTypes).map(({ name, options }) => [
      name,
      Object.fromEntries(
        Object.entries(options)
          .map(([option, schema]) => [option, z.safeParse(schema, undefined).data])
          .filter(([, value]) => value !== undefined),
      ),
    ]);
    expect(Object.fromEntries(defaults)).toEqual({
      conv: { kernel: 3, activation: 'relu', norm: true, padding: 'same' },
      mbconv: { kernel: 3, expand: 6, activation: 'swish', padding: 'same' },
      separable: { kernel: 3, activation: 'relu', padding: 'same' },
      basic: { activation: 'relu', padding: 'symmetric' },
      bottleneck: { reduction: 4, activation: 'relu', padding: 'symmetric' },
      inception: { stride: 1, largeKernel: 5, pool: 'max', activation: 'relu', padding: 'symmetric' },
      dense: { inner: 4, compression: 0.5, activation: 'relu', padding: 'symmetric' },
      maxPool: { kernel: 2, padding: 'valid', repeats: 1, scaleDepth: false },
    });
    expect(blockTypes.mbconv.options.squeezeExcite.parse({})).toEqual({ ratio: 0.25, activation: 'swish' });
    expect(architectureSchema.shape.classifier.parse({ pool: 'average' })).toEqual({
      pool: 'average',
      norm: false,
      hidden: [],
    });
  });

  it('of an experiment', () => {
    const { name, question, baseline, data, training, ...defaults } = parseExperiment({
      name: 'x',
      question: 'x',
      baseline: 'x',
      data: { source: 'shapes' },
    });
    expect(defaults).toEqual({
      grid: {
        alpha: { from: 1, to: 2, step: 0.05 },
        beta: { from: 1, to: 2, step: 0.05 },
        gamma: { from: 1, to: 2, step: 0.05 },
        product: 2,
        tolerance: 0.1,
        phi: 1,
      },
      scaling: { rounding: 'efficientnet', resolutionMultiple: 1, retarget: false },
      limits: {},
      memorySaving: 'micro-batches',
      earlyStopping: null,
      singleDimension: true,
      seed: 1,
      replicates: 1,
      seedBudget: null,
      strategy: { name: 'grid' },
    });
  });
});

describe('identity', () => {
  it('leaves out prose and what equals its default, at every depth, and nothing else', () => {
    expect(experimentIdentity(spec)).toEqual({
      name: 'golden',
      data: { source: 'folder', folder: 'pets', limitPerClass: 20 },
      training: { epochs: 3, optimizer: 'rmsprop' },
      seed: 7,
      replicates: 2,
    });
    const earlyStopping = (fields: object) =>
      experimentIdentity(parseExperiment({ ...spec, grid: { phi: 2 }, earlyStopping: fields }));
    expect(earlyStopping({ eta: 3 })).toMatchObject({ grid: { phi: 2 }, earlyStopping: {} });
    expect(earlyStopping({ by: 'macs' })).toMatchObject({ earlyStopping: { by: 'macs' } });
    const alpha = { from: 1, to: 2, step: 0.1 };
    expect(experimentIdentity(parseExperiment({ ...spec, grid: { alpha } }))).toMatchObject({ grid: { alpha } });
  });

  it('takes the defaults of the block type of a stage', () => {
    const identity = networkIdentity(
      parseArchitecture({
        ...resolveNetwork('mbconv-tiny'),
        stages: [
          { name: 'a', block: 'mbconv', width: 8, repeats: 1, stride: 1, kernel: 3, squeezeExcite: { ratio: 0.25 } },
          { name: 'b', block: 'maxPool', width: 8, stride: 2, kernel: 3 },
        ],
      }),
    );
    expect(identity).toMatchObject({
      stages: [
        { name: 'a', block: 'mbconv', width: 8, repeats: 1, stride: 1, squeezeExcite: {} },
        { name: 'b', block: 'maxPool', width: 8, stride: 2, kernel: 3 },
      ],
    });
  });

  it('does not see a field that is added to a schema with a rule that leaves out its default', () => {
    const later = recipeSchema.extend({ mixup: z.number().default(0) });
    const fields = { ...recipeIdentity, mixup: unless(0) };
    const identity = (given: object) => identityOf(later.parse(given), fields);
    expect(identity({ epochs: 3 })).toEqual(identityOf(recipeSchema.parse({ epochs: 3 }), recipeIdentity));
    expect(identity({ epochs: 3, mixup: 0.2 })).toEqual({ epochs: 3, mixup: 0.2 });
  });

  it("leaves out the schemas' defaults of today", () => {
    const data = { source: 'shapes' };
    const minimal = parseExperiment({ name: 'x', question: 'x', baseline: 'x', data, earlyStopping: {} });
    expect(experimentIdentity(minimal)).toEqual({ name: 'x', data, earlyStopping: {} });
    expect(identityOf(simulationSchema.parse({}), simulationIdentity)).toEqual({});
    for (const { name, options, identity } of Object.values(blockTypes)) {
      const defaults = Object.entries(options).flatMap(([option, schema]) => {
        const value = z.safeParse(schema, undefined).data;
        return value === undefined ? [] : [[option, value] as const];
      });
      expect(
        identityOf<object>(Object.fromEntries(defaults), identity as unknown as IdentityFields<object>),
        name,
      ).toEqual({});
    }
  });

  it('throws for a field without a rule', () => {
    const recipe = { ...recipeSchema.parse({}), mixup: 0.2 };
    expect(() => identityOf(recipe, recipeIdentity)).toThrow('field mixup has no rule in its identity');
  });

  it('is the same whether defaults are spelt out or not', () => {
    const [short, long] = [
      { source: 'shapes' },
      { source: 'shapes', seed: 1, train: 2400, validation: 600, test: 600 },
    ];
    expect(datasetIdentity(datasetSchema.parse(short))).toEqual(datasetIdentity(datasetSchema.parse(long)));
  });

  it('counts the names of stages, by which initial weights are drawn', () => {
    const network = resolveNetwork('mbconv-tiny');
    const [stem, ...others] = network.stages;
    const renamed = { ...network, stages: [{ ...stem!, name: 'entry' }, ...others] };
    expect(networkId(renamed)).not.toBe(networkId(network));
  });
});
