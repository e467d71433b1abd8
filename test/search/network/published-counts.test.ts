import { describe, expect, test } from 'vitest';
import { costTable, graphCost } from '../../../search/cost/counts.js';
import type { Architecture } from '../../../search/network/architecture.js';
import { expand } from '../../../search/network/graph.js';
import type { LayerOf } from '../../../search/network/layers/index.js';
import { networks, resolveNetwork } from '../../../search/network/presets.js';
import { scaleArchitecture } from '../../../search/scaling/scaling.js';
import b0 from '../../reference/efficientnet-b0-stages.json' with { type: 'json' };
import published from '../../reference/network-counts.json' with { type: 'json' };

const cost = (network: Architecture) => graphCost(expand(network));

describe('counts equal the published ones to the last digit', () => {
  test.each(published.networks)('$name: $macs macs', ({ name, resolutionPx, params, macs, activations }) => {
    const network = resolveNetwork(name);
    expect(network.resolutionPx).toBe(resolutionPx);
    expect(cost(network)).toEqual({ params, macs, activations });
  });

  test('no named network but the small-image ones is without a published count', () => {
    const counted = new Set(published.networks.map(({ name }) => name));
    const uncounted = networks()
      .map(({ name }) => name)
      .filter((name) => !counted.has(name));
    expect(uncounted).toEqual(['efficientnet-b0-small', 'mobilenetv2-small', 'mbconv-tiny', 'mbconv-shallow']);
  });

  test('MobileNetV2 scaled to width 1.4', () => {
    const { params, macs, activations } = published['mobilenetv2AtWidth1.4'];
    const wide = scaleArchitecture(
      resolveNetwork('mobilenetv2'),
      { depth: 1, width: 1.4, resolution: 1 },
      { rounding: 'efficientnet', resolutionMultiple: 1 },
    );
    expect(cost(wide)).toEqual({ params, macs, activations });
  });

  test('MobileNetV2 keeps its 1280 last channels when it gets narrower', () => {
    const narrow = scaleArchitecture(
      resolveNetwork('mobilenetv2'),
      { depth: 1, width: 0.5, resolution: 1 },
      { rounding: 'efficientnet', resolutionMultiple: 1 },
    );
    expect(narrow.stages.at(-1)?.width).toBe(1280);
  });
});

describe('the published family', () => {
  test.each(published.networks.filter((row) => row.blocks !== undefined))(
    '$name: widths, repeats and dropout',
    (row) => {
      const { stages, regularisation } = resolveNetwork(row.name);
      expect(stages.map(({ width }) => width)).toEqual([row.stem, ...(row.stageWidths ?? []), row.head]);
      expect(stages.slice(1, -1).map(({ repeats }) => repeats)).toEqual(row.stageRepeats);
      expect(regularisation).toEqual({ dropout: row.dropout, stochasticDepth: 0.2 });
    },
  );
});

describe('EfficientNet-B0 part by part', () => {
  const graph = expand(resolveNetwork('efficientnet-b0'));
  const table = costTable(graph);
  const sum = (prefix: string) =>
    table
      .filter(({ name }) => name.startsWith(prefix))
      .reduce((total, row) => ({ params: total.params + row.params, macs: total.macs + row.macs }), {
        params: 0,
        macs: 0,
      });

  test('stem, stages, head and classifier', () => {
    expect(sum('stem/')).toEqual({ params: b0.stem.params, macs: b0.stem.macs });
    for (const [i, { params, macs }] of b0.stages.entries()) expect(sum(`stage${i + 1}/`)).toEqual({ params, macs });
    expect(sum('head/')).toEqual({ params: b0.head.conv_params, macs: b0.head.conv_macs });
    expect(sum('logits')).toEqual({ params: b0.head.fc_params, macs: b0.head.fc_macs });
  });

  test('every block: counts, squeezed channels, shortcut and survival probability', () => {
    const first = new Map<number, number>();
    for (const block of b0.blocks) {
      if (!first.has(block.stage)) first.set(block.stage, block.block);
      const prefix = `stage${block.stage - 1}/block${block.block - (first.get(block.stage) ?? 0) + 1}/`;
      const layers = graph.layers.filter(({ name }) => name.startsWith(prefix));
      const squeeze = layers.find((layer) => layer.op === 'squeezeExcite') as LayerOf<'squeezeExcite'>;
      const drop = layers.find((layer) => layer.op === 'dropPath') as LayerOf<'dropPath'> | undefined;
      expect(sum(prefix), prefix).toEqual({ params: block.params, macs: block.macs });
      expect(squeeze.squeezed).toBe(block.se_reduced_channels);
      expect(squeeze.shape[2]).toBe(block.expanded_channels);
      expect(layers.some(({ op }) => op === 'add')).toBe(block.skip);
      if (block.skip) expect(1 - (drop?.rate ?? 0)).toBeCloseTo(block.survival_prob_train, 10);
      else expect(drop).toBeUndefined();
    }
  });
});
