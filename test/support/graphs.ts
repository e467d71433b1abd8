import { lookup } from '../../search/base/errors.js';
import { catalogue } from '../../search/network/catalogue/index.js';
import { expand } from '../../search/network/graph.js';
import { GraphBuilder } from '../../search/network/graph-builder.js';
import type { LayerGraph } from '../../search/network/layers/index.js';
import { scaleArchitecture } from '../../search/scaling/scaling.js';

/** A network of the catalogue made small enough for the reference engine: a resolution and a share of the width. */
export function smallGraph(name: string, resolutionPx: number, width = 0.25): LayerGraph {
  const baseline = lookup(catalogue, name, 'network');
  const options = { rounding: 'efficientnet', resolutionMultiple: 1 } as const;
  const { stages, classifier } = scaleArchitecture(baseline, { depth: 1, width, resolution: 1 }, options);
  return expand({ ...baseline, stages, classifier, resolutionPx, classes: 5 });
}

/** A graph with every operation that there is, also those that no network of the catalogue has. */
export function everyOperation(): LayerGraph {
  const builder = new GraphBuilder([9, 9, 3], { epsilon: 1e-3, momentum: 0.9 });
  let x = builder.conv('stem', 'input', {
    kernel: 3,
    stride: 2,
    padding: 'symmetric',
    filters: 8,
    activation: 'swish',
  });
  const left = builder.conv('left', x, { kernel: 5, padding: 'same', activation: 'relu6' });
  const right = builder.add('right/pool', [x], {
    op: 'averagePool',
    kernel: 3,
    stride: 1,
    padding: 'same',
    countPadding: false,
  });
  x = builder.add('join', [left, right], { op: 'concat' });
  x = builder.add('squeeze', [x], { op: 'squeezeExcite', squeezed: 3, activation: 'swish', gate: 'sigmoid' });
  const branch = builder.conv('branch', x, {
    kernel: 3,
    padding: 'same',
    filters: 16,
    norm: false,
    activation: 'sigmoid',
  });
  x = builder.residual('block', x, branch, 0.4);
  x = builder.activate('rectify', x, 'relu');
  x = builder.add('pool', [x], { op: 'maxPool', kernel: 3, stride: 2, padding: 'symmetric' });
  x = builder.add('flat', [x], { op: 'flatten' });
  x = builder.add('hidden', [x], { op: 'dense', units: 6, bias: false });
  x = builder.add('drop', [x], { op: 'dropout', rate: 0.5 });
  return builder.finish(builder.add('logits', [x], { op: 'dense', units: 4, bias: true }));
}
