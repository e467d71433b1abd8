import { type Cost, graphCost } from '../../search/cost/counts.js';
import { type Architecture, parseArchitecture } from '../../search/network/architecture.js';
import { expand } from '../../search/network/graph.js';

/**
 * A network of 7 million multiply-adds with what the catalogue's mobile networks are made of: strided and unstrided convolutions,
 * depthwise 3×3 and 5×5, squeeze-and-excite, swish, residual additions.
 */
export const sampleNetwork: Architecture = parseArchitecture({
  name: 'sample',
  resolutionPx: 32,
  channels: 3,
  classes: 10,
  stages: [
    { name: 'stem', block: 'conv', width: 16, repeats: 1, stride: 1, activation: 'swish' },
    ...[
      [3, 1, 16, 1, 1],
      [3, 4, 24, 2, 2],
      [5, 4, 40, 2, 2],
      [3, 4, 64, 1, 2],
    ].map(([kernel, expand, width, repeats, stride], i) => ({
      name: `stage${i + 1}`,
      block: 'mbconv',
      width,
      repeats,
      stride,
      kernel,
      expand,
      squeezeExcite: { ratio: 0.25, activation: 'swish' },
      activation: 'swish',
    })),
    { name: 'head', block: 'conv', kernel: 1, width: 128, repeats: 1, stride: 1, activation: 'swish' },
  ],
  classifier: { pool: 'average' },
  regularisation: { dropout: 0, stochasticDepth: 0 },
  widthDivisor: 8,
  batchNorm: { epsilon: 1e-3, momentum: 0.9 },
});

/** Of the sample network, one image forward. */
export const sampleCost: Cost = graphCost(expand(sampleNetwork));
