import { describe, expect, it } from 'vitest';
import { predictMemory } from '../../../search/cost/memory-model.js';
import { expand } from '../../../search/network/graph.js';
import { resolveNetwork } from '../../../search/network/presets.js';
import { segmentsOf } from '../../../search/network/segments.js';
import { crossing } from '../../support/graphs.js';

const blocksOf = (name: string) => segmentsOf(expand(resolveNetwork(name)));

describe('segments', () => {
  it.each(['efficientnet-b0', 'resnet50', 'vgg16', 'googlenet', 'densenet121'])(
    '%s: are its blocks and the classifier, hold every layer once, and every block can be computed again',
    (name) => {
      const graph = expand(resolveNetwork(name));
      const segments = segmentsOf(graph);
      expect(segments.flatMap(({ layers }) => layers)).toEqual(graph.layers);
      expect(segments.map(({ canRecompute }) => canRecompute)).toEqual([...graph.blocks.map(() => true), false]);
      for (const { inputs, outputs, passing } of segments)
        expect([inputs.length, outputs.length, passing]).toEqual([1, 1, []]);
    },
  );

  it('of a chain read what the one before has written', () => {
    const segments = blocksOf('mbconv-tiny');
    expect(segments[0]?.inputs).toEqual(['input']);
    segments.slice(1).forEach(({ inputs }, i) => {
      expect(inputs).toEqual(segments[i]?.outputs);
    });
    expect(segments.at(-1)?.outputs).toEqual(['logits']);
  });

  it('follow the graph: who reads what of a block decides, not what its layers are called', () => {
    const [first, second, third] = segmentsOf(crossing(8));
    // The third block also reads the inside of the first, which so has two results and is kept.
    expect(first).toMatchObject({ outputs: ['first/a', 'first/b'], canRecompute: false });
    expect(second).toMatchObject({ inputs: ['first/b'], passing: ['first/a'], canRecompute: true });
    expect(third).toMatchObject({ inputs: ['second/b', 'first/a'], passing: [], canRecompute: true });
  });
});

it('memory is predicted for blocks that can be computed again alone', () => {
  const options = { batch: 8, optimizer: 'sgd', average: false, engine: 'cpu' } as const;
  const graph = crossing(8);
  const [first] = graph.blocks;
  const alone = { ...graph, blocks: first ? [first] : [] };
  const bytes = (of: typeof graph, recompute: boolean) => predictMemory(of, { ...options, recompute }).peakBytes;
  expect(bytes(alone, true)).toBe(bytes(alone, false));
  expect(bytes(graph, true)).toBeLessThan(bytes(graph, false));
});
