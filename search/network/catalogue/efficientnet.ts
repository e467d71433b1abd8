import { type Architecture, parseArchitecture } from '../architecture.js';

const squeezeExcite = { ratio: 0.25, activation: 'swish' };

/** The seven MBConv stages: kernel, expansion, width, repeats, stride (arXiv 1905.11946, table 1). */
const rows = [
  [3, 1, 16, 1, 1],
  [3, 6, 24, 2, 2],
  [5, 6, 40, 2, 2],
  [3, 6, 80, 3, 2],
  [5, 6, 112, 3, 1],
  [5, 6, 192, 4, 2],
  [3, 6, 320, 1, 1],
] as const;

const common = {
  resolutionPx: 224,
  channels: 3,
  classes: 1000,
  classifier: { pool: 'average' },
  regularisation: { dropout: 0.2, stochasticDepth: 0.2 },
  widthDivisor: 8,
  batchNorm: { epsilon: 1e-3, momentum: 0.99 },
};

export const efficientnetB0: Architecture = parseArchitecture({
  ...common,
  name: 'efficientnet-b0',
  title: 'EfficientNet-B0',
  source: 'arXiv 1905.11946, table 1; tensorflow/tpu models/official/efficientnet',
  stages: [
    { name: 'stem', block: 'conv', width: 32, repeats: 1, stride: 2, scaleDepth: false, activation: 'swish' },
    ...rows.map(([kernel, expand, width, repeats, stride], i) => ({
      name: `stage${i + 1}`,
      block: 'mbconv',
      width,
      repeats,
      stride,
      kernel,
      expand,
      squeezeExcite,
      activation: 'swish',
    })),
    {
      name: 'head',
      block: 'conv',
      kernel: 1,
      width: 1280,
      repeats: 1,
      stride: 1,
      scaleDepth: false,
      activation: 'swish',
    },
  ],
});

/**
 * B0 for integer arithmetic: no squeeze-and-excite, ReLU6 instead of swish. Scaling does not change the widths of the first and last
 * convolutions or the repeats of the first and last stages.
 */
export const efficientnetLite0: Architecture = parseArchitecture({
  ...common,
  name: 'efficientnet-lite0',
  title: 'EfficientNet-Lite0',
  source: 'tensorflow/tpu models/official/efficientnet/lite',
  regularisation: { dropout: 0.2, stochasticDepth: 0.2 },
  stages: [
    {
      name: 'stem',
      block: 'conv',
      width: 32,
      repeats: 1,
      stride: 2,
      scaleDepth: false,
      scaleWidth: false,
      activation: 'relu6',
    },
    ...rows.map(([kernel, expand, width, repeats, stride], i) => ({
      name: `stage${i + 1}`,
      block: 'mbconv',
      width,
      repeats,
      stride,
      ...(i === 0 || i === rows.length - 1 ? { scaleDepth: false } : {}),
      kernel,
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
      scaleWidth: false,
      activation: 'relu6',
    },
  ],
});
