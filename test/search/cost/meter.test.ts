import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../search/base/errors.js';
import { graphCost } from '../../../search/cost/counts.js';
import { type EngineName, engineMemory } from '../../../search/cost/engine-memory.js';
import { type MemoryOptions, predictMemory } from '../../../search/cost/memory-model.js';
import { NetworkMeter } from '../../../search/cost/meter.js';
import { type Architecture, parseArchitecture } from '../../../search/network/architecture.js';
import { type BlockName, blockTypes } from '../../../search/network/blocks/index.js';
import { expand } from '../../../search/network/graph.js';
import { resolveNetwork } from '../../../search/network/presets.js';
import { scaleArchitecture, withDimensions } from '../../../search/scaling/scaling.js';

const engines = Object.keys(engineMemory) as EngineName[];
const options: MemoryOptions = { batch: 8, optimizer: 'sgd', average: false, engine: 'wasm' };

const dimensionsOf = ({ stages, classifier, resolutionPx }: Architecture) => ({
  repeats: stages.map(({ repeats }) => repeats),
  widths: stages.map(({ width }) => width),
  hidden: classifier.hidden,
  resolutionPx,
});

/** That a meter of a baseline measures a network as the whole graph is counted, on an engine, with or without re-computation. */
function expectAgreement(baseline: Architecture, network: Architecture, engine: EngineName, recompute: boolean): void {
  const saving = { recompute, microBatches: 1 };
  const budget = { limitBytes: Number.POSITIVE_INFINITY, asked: saving };
  const own = { ...options, engine };
  const measured = new NetworkMeter(baseline, own, budget).measure(dimensionsOf(network));
  const graph = expand(network);
  expect(measured.cost).toEqual(graphCost(graph));
  expect(Math.abs(measured.peakBytes - predictMemory(graph, { ...own, ...saving }).peakBytes)).toBeLessThanOrEqual(8);
}

const multiplier = fc.double({ min: 0.7, max: 2, noNaN: true });
const by = fc.record({ depth: multiplier, width: multiplier, resolution: multiplier });

describe('the meter measures as the whole graph is counted', () => {
  it.each([
    'efficientnet-b0',
    'mobilenetv1',
    'resnet18',
    'resnet50',
    'vgg16',
    'mbconv-tiny',
    'googlenet',
    'densenet121',
  ])('%s, scaled', (name) => {
    const baseline = resolveNetwork(name);
    fc.assert(
      fc.property(by, fc.constantFrom(...engines), fc.boolean(), (multipliers, engine, recompute) => {
        const rounding = { rounding: 'nearest', resolutionMultiple: 1 } as const;
        expectAgreement(baseline, scaleArchitecture(baseline, multipliers, rounding), engine, recompute);
      }),
      { numRuns: 15 },
    );
  });

  const width = fc.integer({ min: 1, max: 24 });
  const common = { repeats: fc.integer({ min: 1, max: 4 }), stride: fc.integer({ min: 1, max: 2 }) };
  const options = {
    conv: { ...common, norm: fc.boolean() },
    mbconv: { ...common, expand: fc.constantFrom(1, 2, 6), squeezeExcite: fc.constantFrom(undefined, {}) },
    separable: { ...common, kernel: fc.constantFrom(3, 5) },
    basic: common,
    bottleneck: common,
    inception: {
      repeats: common.repeats,
      branches: fc.record({
        pointwise: width,
        middleReduce: width,
        middle: width,
        largeReduce: width,
        large: width,
        pool: width,
      }),
      pool: fc.constantFrom('max', 'average'),
    },
    dense: { ...common, compression: fc.constantFrom(0.5, 1), inner: fc.constantFrom(1, 4) },
    maxPool: { stride: common.stride, kernel: fc.constant(3), padding: fc.constantFrom('same', 'symmetric') },
  } satisfies Record<BlockName, Record<string, fc.Arbitrary<unknown>>>;
  const stage = fc
    .constantFrom(...(Object.keys(blockTypes) as BlockName[]))
    .chain((block) => fc.record<object>({ block: fc.constant(block), width, ...options[block] }));

  it('random stages of every block type, with and without stochastic depth', () => {
    const seen = new Set<string>();
    const architecture = fc.record({
      stages: fc.array(stage, { minLength: 1, maxLength: 5 }),
      stochasticDepth: fc.constantFrom(0, 0.2),
      norm: fc.boolean(),
      resolutionPx: fc.integer({ min: 5, max: 40 }),
    });
    fc.assert(
      fc.property(architecture, fc.constantFrom(...engines), fc.boolean(), (drawn, engine, recompute) => {
        const network = parseArchitecture({
          name: 'random',
          resolutionPx: drawn.resolutionPx,
          channels: 3,
          classes: 5,
          stages: withOwnPools(drawn.stages),
          classifier: { pool: 'average', norm: drawn.norm },
          regularisation: { dropout: 0.1, stochasticDepth: drawn.stochasticDepth },
          widthDivisor: 4,
          batchNorm: { epsilon: 1e-3, momentum: 0.9 },
        });
        // A transition of a dense block is valid, which an image of one pixel is not wide enough for.
        fc.pre(isExpandable(network));
        for (const { block } of network.stages) seen.add(block);
        expectAgreement(network, network, engine, recompute);
      }),
      { numRuns: 200 },
    );
    expect([...seen].sort()).toEqual(Object.keys(blockTypes).sort());
  });

  it('networks with and without stochastic depth and dropout', () => {
    const baseline = resolveNetwork('efficientnet-b0');
    for (const regularisation of [
      { dropout: 0, stochasticDepth: 0 },
      { dropout: 0.2, stochasticDepth: 0.2 },
    ]) {
      const network = withDimensions(baseline, dimensionsOf(baseline), regularisation);
      expectAgreement(network, network, 'wasm', false);
    }
  });
});

it('a dense block is counted at every width that it grows to', () => {
  const baseline = resolveNetwork('densenet121');
  const { cost } = new NetworkMeter(baseline, options).measure(dimensionsOf(baseline));
  expect(cost).toEqual({ params: 7978856, macs: 2834161664, activations: 6900200 });
});

/** Stages with names, pools after what they pool: of the width of the stage before them, which after a dense block is not its own. */
function withOwnPools(stages: readonly object[]): object[] {
  const named = stages.map((stage, i) => ({ ...stage, name: `s${i}` })) as unknown as {
    block: string;
    width: number;
  }[];
  return named.map((stage, i) => {
    const before = named[i - 1];
    if (stage.block !== 'maxPool') return stage;
    if (!before || before.block === 'dense') return { ...stage, width: before ? stage.width : 3 };
    return { ...stage, width: before.width };
  });
}

function isExpandable(network: Architecture): boolean {
  try {
    expand(network);
    return true;
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}
