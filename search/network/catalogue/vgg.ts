import { type Architecture, parseArchitecture } from '../architecture.js';

export const vgg16: Architecture = parseArchitecture({
  name: 'vgg16',
  title: 'VGG-16',
  source: 'arXiv 1409.1556, table 1, column D',
  resolutionPx: 224,
  channels: 3,
  classes: 1000,
  stages: [
    [64, 2],
    [128, 2],
    [256, 3],
    [512, 3],
    [512, 3],
  ].flatMap(([width, repeats], i) => [
    { name: `stage${i + 1}`, block: 'conv', width, repeats, stride: 1, norm: false },
    { name: `pool${i + 1}`, block: 'maxPool', width, stride: 2 },
  ]),
  classifier: { pool: 'flatten', hidden: [4096, 4096] },
  regularisation: { dropout: 0.5, stochasticDepth: 0 },
  widthDivisor: 8,
  batchNorm: { epsilon: 1e-5, momentum: 0.9 },
});
