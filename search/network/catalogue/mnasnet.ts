import { type Architecture, parseArchitecture } from '../architecture.js';

const common = {
  resolutionPx: 224,
  channels: 3,
  classes: 1000,
  classifier: { pool: 'average' },
  regularisation: { dropout: 0.2, stochasticDepth: 0 },
  widthDivisor: 8,
  batchNorm: { epsilon: 1e-3, momentum: 0.99 },
};

const stem = { name: 'stem', block: 'conv', width: 32, repeats: 1, stride: 2, scaleDepth: false };
const head = { name: 'head', block: 'conv', kernel: 1, width: 1280, repeats: 1, stride: 1, scaleDepth: false };
const squeezeExcite = { ratio: 0.25, activation: 'relu' };

export const mnasnetA1: Architecture = parseArchitecture({
  ...common,
  name: 'mnasnet-a1',
  title: 'MnasNet-A1',
  source: 'arXiv 1807.11626, figure 7; tensorflow/tpu models/official/mnasnet',
  stages: [
    stem,
    ...(
      [
        [3, 1, 16, 1, 1, false],
        [3, 6, 24, 2, 2, false],
        [5, 3, 40, 3, 2, true],
        [3, 6, 80, 4, 2, false],
        [3, 6, 112, 2, 1, true],
        [5, 6, 160, 3, 2, true],
        [3, 6, 320, 1, 1, false],
      ] as const
    ).map(([kernel, expand, width, repeats, stride, excited], i) => ({
      name: `stage${i + 1}`,
      block: 'mbconv',
      width,
      repeats,
      stride,
      kernel,
      expand,
      ...(excited ? { squeezeExcite } : {}),
      activation: 'relu',
    })),
    head,
  ],
});

export const mnasnetB1: Architecture = parseArchitecture({
  ...common,
  name: 'mnasnet-b1',
  title: 'MnasNet-B1',
  source: 'arXiv 1807.11626; tensorflow/tpu models/official/mnasnet',
  stages: [
    stem,
    ...(
      [
        [3, 1, 16, 1, 1],
        [3, 3, 24, 3, 2],
        [5, 3, 40, 3, 2],
        [5, 6, 80, 3, 2],
        [3, 6, 96, 2, 1],
        [5, 6, 192, 4, 2],
        [3, 6, 320, 1, 1],
      ] as const
    ).map(([kernel, expand, width, repeats, stride], i) => ({
      name: `stage${i + 1}`,
      block: 'mbconv',
      width,
      repeats,
      stride,
      kernel,
      expand,
      activation: 'relu',
    })),
    head,
  ],
});
