import { lookup } from '../../search/base/errors.js';
import { type Architecture, parseArchitecture } from '../../search/network/architecture.js';
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

const small = {
  channels: 3,
  classes: 12,
  widthDivisor: 8,
  batchNorm: { epsilon: 1e-3, momentum: 0.9 },
  regularisation: { dropout: 0, stochasticDepth: 0 },
};
const branches = { pointwise: 8, middleReduce: 6, middle: 8, largeReduce: 2, large: 4, pool: 4 };

/** Inception modules: of both poolings and both large kernels, a repeated one, a max pool between. */
export const inceptionNetwork: Architecture = parseArchitecture({
  ...small,
  name: 'inception',
  resolutionPx: 22,
  stages: [
    { name: 'stem', block: 'conv', width: 12, repeats: 1, stride: 2, padding: 'symmetric' },
    { name: 'inception1', block: 'inception', width: 24, repeats: 2, branches, largeKernel: 3 },
    { name: 'pool', block: 'maxPool', width: 24, kernel: 3, stride: 2, padding: 'same' },
    { name: 'inception2', block: 'inception', width: 30, repeats: 1, branches, pool: 'average' },
  ],
  classifier: { pool: 'average' },
});

/** Dense blocks with and without a transition, pre-activated, so that the classifier begins with batch norm. */
export const denseNetwork: Architecture = parseArchitecture({
  ...small,
  name: 'dense',
  resolutionPx: 23,
  stages: [
    { name: 'stem', block: 'conv', width: 12, repeats: 1, stride: 2, padding: 'symmetric' },
    { name: 'dense1', block: 'dense', width: 6, repeats: 3, stride: 1 },
    { name: 'dense2', block: 'dense', width: 5, repeats: 2, stride: 2, inner: 2 },
  ],
  classifier: { pool: 'average', norm: true },
});

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

/** Three blocks of two sigmoids each at a side in pixels, 8 channels; the third also reads the inside of the first. */
export function crossing(side: number): LayerGraph {
  const builder = new GraphBuilder([side, side, 8], { epsilon: 1e-3, momentum: 0.9 });
  const twice = (name: string, input: string): string =>
    builder.block(name, () => {
      const read = name === 'third' ? builder.add('third/sum', [input, 'first/a'], { op: 'add' }) : input;
      const filtered = builder.conv(`${name}/conv`, read, {
        kernel: 1,
        padding: 'same',
        filters: 8,
        norm: false,
        activation: 'linear',
      });
      return builder.activate(`${name}/b`, builder.activate(`${name}/a`, filtered, 'sigmoid'), 'sigmoid');
    });
  const last = twice('third', twice('second', twice('first', 'input')));
  const pooled = builder.add('pool', [last], { op: 'globalAveragePool' });
  return builder.finish(builder.add('logits', [pooled], { op: 'dense', units: 4, bias: true }));
}
