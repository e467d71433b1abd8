import { describe, expect, it } from 'vitest';
import { type Architecture, networkId, parseArchitecture } from '../../../search/network/architecture.js';
import { blockTypes } from '../../../search/network/blocks/index.js';
import { catalogue } from '../../../search/network/catalogue/index.js';
import { expand, featureSide } from '../../../search/network/graph.js';
import { GraphBuilder } from '../../../search/network/graph-builder.js';
import { type Layer, type LayerGraph, mapLayers } from '../../../search/network/layers/index.js';
import { resolveNetwork } from '../../../search/network/presets.js';

const network = (fields: object): Architecture =>
  parseArchitecture({
    name: 'test',
    resolutionPx: 32,
    channels: 3,
    classes: 5,
    stages: [{ name: 'stem', block: 'conv', width: 8, repeats: 1, stride: 2 }],
    classifier: { pool: 'average' },
    regularisation: { dropout: 0, stochasticDepth: 0 },
    widthDivisor: 8,
    batchNorm: { epsilon: 1e-3, momentum: 0.9 },
    ...fields,
  });
const mbconvs = (repeats: number) => [
  { name: 'stem', block: 'conv', width: 8, repeats: 1, stride: 2 },
  { name: 'stage1', block: 'mbconv', width: 8, repeats, stride: 1, squeezeExcite: {} },
];
const names = ({ layers }: LayerGraph) => layers.map(({ name }) => name);
const only = <Op extends Layer['op']>({ layers }: LayerGraph, op: Op) =>
  layers.filter((layer): layer is Extract<Layer, { op: Op }> => layer.op === op);

describe('expansion', () => {
  it('names layers by stage, block and part', () => {
    expect(names(expand(network({ stages: mbconvs(1) })))).toEqual([
      'stem/block1/conv',
      'stem/block1/norm',
      'stem/block1/activation',
      'stage1/block1/expand/conv',
      'stage1/block1/expand/norm',
      'stage1/block1/expand/activation',
      'stage1/block1/depthwise/conv',
      'stage1/block1/depthwise/norm',
      'stage1/block1/depthwise/activation',
      'stage1/block1/squeeze',
      'stage1/block1/project/conv',
      'stage1/block1/project/norm',
      'stage1/block1/add',
      'classifier/pool',
      'logits',
    ]);
  });

  it.each(Object.keys(catalogue))('%s: unique names, inputs before their readers, logits of the right size', (name) => {
    const graph = expand(resolveNetwork(name));
    expect(new Set(names(graph)).size).toBe(graph.layers.length);
    expect(() => mapLayers(graph, () => 0)).not.toThrow();
    expect(graph.layers.at(-1)).toMatchObject({ name: graph.output, shape: [1, 1, resolveNetwork(name).classes] });
  });

  it('uses every block type in the catalogue, under its own name', () => {
    const used = new Set(Object.values(catalogue).flatMap(({ stages }) => stages.map(({ block }) => block)));
    expect([...used].sort()).toEqual(Object.keys(blockTypes).sort());
    for (const [name, block] of Object.entries(blockTypes)) expect(block.name).toBe(name);
  });

  it('gives the stride to the first block of a stage alone', () => {
    const graph = expand(network({ stages: [{ name: 's', block: 'separable', width: 8, repeats: 3, stride: 2 }] }));
    expect(only(graph, 'depthwise').map(({ stride }) => stride)).toEqual([2, 1, 1]);
  });

  it('adds a shortcut only where a block keeps its shape', () => {
    const stages = [...mbconvs(2), { name: 'stage2', block: 'mbconv', width: 16, repeats: 2, stride: 2 }];
    expect(only(expand(network({ stages })), 'add').map(({ name }) => name)).toEqual([
      'stage1/block1/add',
      'stage1/block2/add',
      'stage2/block2/add',
    ]);
  });

  it('squeezes to a quarter of the channels the block reads, at least one', () => {
    const squeezed = (width: number) => {
      const stages = mbconvs(1).map((stage) => ({ ...stage, width }));
      return only(expand(network({ stages })), 'squeezeExcite')[0]?.squeezed;
    };
    expect([1, 3, 4, 7, 8, 22].map(squeezed)).toEqual([1, 1, 1, 1, 2, 5]);
  });

  it('has a bias in the place of batch norm where the stage says so', () => {
    const stages = [{ name: 's', block: 'conv', width: 8, repeats: 1, stride: 1, norm: false }];
    const graph = expand(network({ stages }));
    expect(only(graph, 'batchNorm')).toEqual([]);
    expect(only(graph, 'conv')[0]?.bias).toBe(true);
  });
});

describe('regularisation in the graph', () => {
  const rates = (stochasticDepth: number, repeats: number) =>
    only(
      expand(network({ stages: mbconvs(repeats), regularisation: { dropout: 0, stochasticDepth } })),
      'dropPath',
    ).map(({ rate }) => rate);

  it('drops block i of n at rate · i / n, the first never', () => {
    expect(rates(0.2, 4)).toEqual([0.05, 0.1, 0.15000000000000002]);
    expect(rates(0.2, 1)).toEqual([]);
  });

  it('has no layer for a rate of 0', () => {
    expect(rates(0, 4)).toEqual([]);
    expect(only(expand(network({})), 'dropout')).toEqual([]);
  });

  it('puts dropout before the logits, or after every hidden layer', () => {
    const regularisation = { dropout: 0.3, stochasticDepth: 0 };
    expect(names(expand(network({ regularisation }))).slice(-2)).toEqual(['classifier/dropout', 'logits']);
    expect(
      names(expand(network({ regularisation, classifier: { pool: 'flatten', hidden: [7, 6] } }))).slice(3),
    ).toEqual([
      'classifier/pool',
      'classifier/hidden1/dense',
      'classifier/hidden1/activation',
      'classifier/hidden1/dropout',
      'classifier/hidden2/dense',
      'classifier/hidden2/activation',
      'classifier/hidden2/dropout',
      'logits',
    ]);
  });
});

describe('shapes', () => {
  const side = (resolutionPx: number, stage: object) =>
    featureSide(
      network({ resolutionPx, stages: [{ name: 's', block: 'conv', width: 3, repeats: 1, stride: 2, ...stage }] }),
    );

  it.each([
    // input, kernel, stride, same, symmetric, valid
    [32, 3, 2, 16, 16, 15],
    [33, 3, 2, 17, 17, 16],
    [33, 1, 2, 17, 17, 17],
    [7, 7, 1, 7, 7, 1],
    [15, 5, 3, 5, 5, 4],
    [1, 3, 2, 1, 1, undefined],
  ])('a window over %i px, kernel %i, stride %i', (px, kernel, stride, same, symmetric, valid) => {
    expect(side(px, { kernel, stride, padding: 'same' })).toBe(same);
    expect(side(px, { kernel, stride, padding: 'symmetric' })).toBe(symmetric);
    if (valid !== undefined) expect(side(px, { kernel, stride, padding: 'valid' })).toBe(valid);
    else
      expect(() => side(px, { kernel, stride, padding: 'valid' })).toThrow(
        's/block1/conv: expected an input of at least 3 px, got 1 px',
      );
  });

  it('refuses symmetric padding of an even kernel', () => {
    expect(() => side(8, { kernel: 2, padding: 'symmetric' })).toThrow(
      'expected an odd kernel with symmetric padding, got 2',
    );
  });

  it('refuses to pool into another number of channels', () => {
    const stages = [...mbconvs(1), { name: 'pool', block: 'maxPool', width: 9, stride: 2 }];
    expect(() => expand(network({ stages }))).toThrow(
      'pool/block1.width: expected the 8 channels that max pooling reads, got 9',
    );
  });

  it('refuses to add and to concatenate different sizes', () => {
    const builder = new GraphBuilder([8, 8, 3], { epsilon: 1e-3, momentum: 0.9 });
    const half = builder.add('half', ['input'], { op: 'maxPool', kernel: 2, stride: 2, padding: 'valid' });
    const wide = builder.add('wide', ['input'], {
      op: 'conv',
      filters: 5,
      kernel: 1,
      stride: 1,
      padding: 'same',
      bias: false,
    });
    expect(() => builder.add('sum', ['input', wide], { op: 'add' })).toThrow(
      'sum: expected inputs of one size, got 8×8×3 and 8×8×5',
    );
    expect(() => builder.add('row', ['input', half], { op: 'concat' })).toThrow('row: expected inputs of one size');
    expect(builder.shapeOf(builder.add('stack', ['input', wide], { op: 'concat' }))).toEqual([8, 8, 8]);
    expect(() => builder.add('dense', ['input'], { op: 'dense', units: 2, bias: true })).toThrow(
      'expected an input of 1×1 for a dense layer, got 8×8',
    );
  });
});

describe('the id of a network', () => {
  const tiny = resolveNetwork('mbconv-tiny');

  it('ignores names, sources, scaling flags, defaults spelt out and the order of keys', () => {
    const stages = tiny.stages.map((stage) =>
      Object.fromEntries(Object.entries({ ...stage, scaleWidth: true }).reverse()),
    );
    const same = parseArchitecture({
      ...tiny,
      name: 'other',
      title: 'Other',
      source: 'elsewhere',
      widthDivisor: 3,
      stages,
    });
    expect(networkId(same)).toBe(networkId(tiny));
  });

  it('changes with whatever changes training', () => {
    const changed = [
      { resolutionPx: 33 },
      { classes: 11 },
      { channels: 1 },
      { regularisation: { dropout: 0.2, stochasticDepth: 0 } },
      { batchNorm: { epsilon: 1e-3, momentum: 0.8 } },
      { classifier: { pool: 'flatten', hidden: [] } },
      { stages: tiny.stages.map((stage) => ({ ...stage, repeats: stage.block === 'mbconv' ? 4 : 1 })) },
    ].map((fields) => networkId(parseArchitecture({ ...tiny, ...fields })));
    expect(new Set([networkId(tiny), ...changed]).size).toBe(changed.length + 1);
  });
});
