import { describe, expect, it } from 'vitest';
import { costTable, graphCost, layerCost } from '../../../search/cost/counts.js';
import { expand } from '../../../search/network/graph.js';
import type { Layer, Shape } from '../../../search/network/layers/index.js';
import { resolveNetwork } from '../../../search/network/presets.js';
import { everyOperation } from '../../support/graphs.js';

const cost = (layer: object, shape: Shape, ...inputs: [Shape, ...Shape[]]) =>
  layerCost({ name: 'x', inputs: [], shape, ...layer } as unknown as Layer, inputs);

describe('counts of one layer', () => {
  it.each([
    ['conv 3×3, 4 → 8 at 5×5', { op: 'conv', kernel: 3, bias: false }, [5, 5, 8], [10, 10, 4], 7200, 288, 200],
    ['the same with a bias', { op: 'conv', kernel: 3, bias: true }, [5, 5, 8], [10, 10, 4], 7200, 296, 200],
    ['depthwise 5×5, 8 at 5×5', { op: 'depthwise', kernel: 5, bias: false }, [5, 5, 8], [5, 5, 8], 5000, 200, 200],
    ['the same with a bias', { op: 'depthwise', kernel: 5, bias: true }, [5, 5, 8], [5, 5, 8], 5000, 208, 200],
    ['dense 6 → 4', { op: 'dense', units: 4, bias: true }, [1, 1, 4], [1, 1, 6], 24, 28, 4],
    ['dense without a bias', { op: 'dense', units: 4, bias: false }, [1, 1, 4], [1, 1, 6], 24, 24, 4],
    ['squeeze-and-excite 8 → 2 → 8', { op: 'squeezeExcite', squeezed: 2 }, [5, 5, 8], [5, 5, 8], 32, 42, 10],
    ['batch norm', { op: 'batchNorm' }, [5, 5, 8], [5, 5, 8], 0, 16, 0],
    ['activation', { op: 'activation', activation: 'swish' }, [5, 5, 8], [5, 5, 8], 0, 0, 0],
    ['max pooling', { op: 'maxPool', kernel: 2 }, [5, 5, 8], [10, 10, 8], 0, 0, 0],
  ] as const)('%s', (_title, layer, shape, input, macs, params, activations) => {
    expect(cost(layer, shape, input)).toEqual({ macs, params, activations });
  });

  it('an unknown operation is an error, never zero', () => {
    expect(() => cost({ op: 'attention' }, [5, 5, 8], [5, 5, 8])).toThrow(
      'x: expected a layer operation, got "attention"',
    );
    expect(() => graphCost({ ...everyOperation(), layers: [{ op: 'lstm' } as unknown as Layer] })).toThrow();
  });
});

describe('counts of a network', () => {
  it.each(['efficientnet-b0', 'vgg16', 'resnet50'])('%s: the table adds up to the total', (name) => {
    const graph = expand(resolveNetwork(name));
    const table = costTable(graph);
    expect(table.map((row) => row.name)).toEqual(graph.layers.map((layer) => layer.name));
    const total = { macs: 0, params: 0, activations: 0 };
    for (const row of table) {
      total.macs += row.macs;
      total.params += row.params;
      total.activations += row.activations;
    }
    expect(graphCost(graph)).toEqual(total);
  });

  it('refuses a graph that reads what is not before it', () => {
    const graph = everyOperation();
    expect(() => graphCost({ ...graph, layers: graph.layers.toReversed() })).toThrow('which is not before it');
  });
});
