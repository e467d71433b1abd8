import { afterEach, describe, expect, it } from 'vitest';
import { graphCost } from '../../../search/cost/counts.js';
import { expand } from '../../../search/network/graph.js';
import type { LayerGraph } from '../../../search/network/layers/index.js';
import { networks, resolveNetwork } from '../../../search/network/presets.js';
import { countTrainable, parameterSpecs } from '../../../workers/engine/parameters.js';
import { loadBackend } from '../../../workers/engine/tfjs/index.js';
import { toLayersModel } from '../../../workers/engine/tfjs/layers-model/layers-model.js';
import { buildModel, type Model } from '../../../workers/engine/tfjs/model/model.js';
import { everyOperation } from '../../support/graphs.js';

const engine = await loadBackend('cpu');

/** Beyond this the variables themselves would take gigabytes; the shapes alone are counted. */
const mostBuilt = 150e6;

describe('trainable parameters are as the cost model counts them', () => {
  let model: Model | undefined;
  afterEach(() => {
    model?.dispose();
    model = undefined;
  });

  for (const { name } of networks()) {
    it(name, () => {
      const graph = expand(resolveNetwork(name));
      const { params } = graphCost(graph);
      expect(countTrainable(parameterSpecs(graph))).toBe(params);
      if (params > mostBuilt) return;
      model = buildModel(graph, engine, { seed: null });
      const built = [...model.weights.values()].filter(({ trainable }) => trainable);
      expect(built.reduce((sum, { size }) => sum + size, 0)).toBe(params);
      expect(model.trainableParams).toBe(params);
      const stock = toLayersModel(graph, model.weights);
      const sizes = stock.trainableWeights.map(({ shape }) =>
        shape.reduce<number>((size, side) => size * (side ?? 1), 1),
      );
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(params);
      stock.dispose();
    });
  }
});

describe('parameters', () => {
  it('are named by layer and role, in the order of the layers', () => {
    const names = parameterSpecs(expand(resolveNetwork('efficientnet-b0'))).map(({ name }) => name);
    expect(names.slice(0, 5)).toEqual([
      'stem/block1/conv/kernel',
      'stem/block1/norm/gamma',
      'stem/block1/norm/beta',
      'stem/block1/norm/movingMean',
      'stem/block1/norm/movingVariance',
    ]);
    expect(names).toContain('stage2/block1/expand/conv/kernel');
    expect(names.slice(-2)).toEqual(['logits/kernel', 'logits/bias']);
    expect(new Set(names).size).toBe(names.length);
  });

  it('have the shapes of TensorFlow', () => {
    const shapes = Object.fromEntries(parameterSpecs(everyOperation()).map(({ name, shape }) => [name, shape]));
    expect(shapes['stem/conv/kernel']).toEqual([3, 3, 3, 8]);
    expect(shapes['left/conv/kernel']).toEqual([5, 5, 8, 1]);
    expect(shapes['squeeze/reduce/kernel']).toEqual([16, 3]);
    expect(shapes['squeeze/expand/bias']).toEqual([16]);
    expect(shapes['branch/conv/bias']).toEqual([16]);
    expect(shapes['hidden/kernel']).toEqual([144, 6]);
    expect(shapes).not.toHaveProperty('hidden/bias');
  });

  it('of an unknown operation are an error, never none', () => {
    const graph = { ...everyOperation() };
    const layers = graph.layers.map((layer) => (layer.name === 'left/conv' ? { ...layer, op: 'fourier' } : layer));
    const unknown = { ...graph, layers } as unknown as LayerGraph;
    expect(() => parameterSpecs(unknown)).toThrow(/fourier/);
    expect(() => buildModel(unknown, engine, { seed: 1 })).toThrow(/fourier/);
  });
});
