import { type Architecture, parseArchitecture } from '../architecture.js';

const common = {
  resolutionPx: 224,
  channels: 3,
  classes: 1000,
  classifier: { pool: 'average' },
  widthDivisor: 8,
  batchNorm: { epsilon: 1e-3, momentum: 0.99 },
};

export const mobilenetV1: Architecture = parseArchitecture({
  ...common,
  name: 'mobilenetv1',
  title: 'MobileNetV1',
  source: 'arXiv 1704.04861, table 1; dropout of tensorflow/models research/slim',
  regularisation: { dropout: 0.001, stochasticDepth: 0 },
  stages: [
    { name: 'stem', block: 'conv', width: 32, repeats: 1, stride: 2, scaleDepth: false, activation: 'relu6' },
    ...[
      [64, 1, 1],
      [128, 2, 2],
      [256, 2, 2],
      [512, 6, 2],
      [1024, 2, 2],
    ].map(([width, repeats, stride], i) => ({
      name: `stage${i + 1}`,
      block: 'separable',
      width,
      repeats,
      stride,
      activation: 'relu6',
    })),
  ],
});

/** Expansion, width, repeats and stride of the inverted residual stages (arXiv 1801.04381, table 2). */
const invertedResidualRows = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

export const mobilenetV2: Architecture = parseArchitecture({
  ...common,
  name: 'mobilenetv2',
  title: 'MobileNetV2',
  source: 'arXiv 1801.04381, table 2; tensorflow/models research/slim/nets/mobilenet',
  regularisation: { dropout: 0.2, stochasticDepth: 0 },
  stages: [
    { name: 'stem', block: 'conv', width: 32, repeats: 1, stride: 2, scaleDepth: false, activation: 'relu6' },
    ...invertedResidualRows.map(([expand, width, repeats, stride], i) => ({
      name: `stage${i + 1}`,
      block: 'mbconv',
      width,
      repeats,
      stride,
      expand,
      activation: 'relu6',
    })),
    {
      name: 'head',
      block: 'conv',
      kernel: 1,
      width: 1280,
      repeats: 1,
      stride: 1,
      scaleDepth: false,
      scaleWidth: 'up',
      activation: 'relu6',
    },
  ],
});
