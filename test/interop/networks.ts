import { type Architecture, parseArchitecture } from '../../search/network/architecture.js';
import { catalogue } from '../../search/network/catalogue/index.js';
import { denseNetwork, inceptionNetwork } from '../support/graphs.js';

const common = {
  channels: 3,
  classes: 12,
  classifier: { pool: 'average' },
  widthDivisor: 8,
  batchNorm: { epsilon: 1e-3, momentum: 0.9 },
};
const ends = { block: 'conv', repeats: 1, scaleDepth: false };

/** Inverted bottlenecks with squeeze-and-excite of another activation than theirs, swish, a kernel of 5 px at stride 2, stochastic depth. */
const excited = parseArchitecture({
  ...common,
  name: 'excited',
  resolutionPx: 33,
  regularisation: { dropout: 0.2, stochasticDepth: 0.2 },
  stages: [
    { ...ends, name: 'stem', width: 16, stride: 2, activation: 'swish' },
    ...[
      [3, 1, 16, 1, 1],
      [5, 4, 24, 2, 2],
      [3, 4, 40, 2, 2],
    ].map(([kernel, expand, width, repeats, stride], i) => ({
      ...{ name: `stage${i + 1}`, block: 'mbconv', kernel, expand, width, repeats, stride },
      squeezeExcite: { ratio: 0.25, activation: 'relu' },
      activation: 'swish',
    })),
    { ...ends, name: 'head', kernel: 1, width: 64, stride: 1, activation: 'swish' },
  ],
});

/** MobileNetV2's form: ReLU6, no squeeze-and-excite, the stem at stride 1. */
const inverted = parseArchitecture({
  ...common,
  name: 'inverted',
  resolutionPx: 27,
  regularisation: { dropout: 0.2, stochasticDepth: 0 },
  stages: [
    { ...ends, name: 'stem', width: 16, stride: 1, activation: 'relu6' },
    ...[
      [1, 8, 1, 1],
      [6, 16, 2, 2],
      [6, 24, 2, 2],
    ].map(([expand, width, repeats, stride], i) => ({
      ...{ name: `stage${i + 1}`, block: 'mbconv', expand, width, repeats, stride },
      activation: 'relu6',
    })),
    { ...ends, name: 'head', kernel: 1, width: 48, stride: 1, scaleWidth: 'up', activation: 'relu6' },
  ],
});

/** MobileNetV1's form, padded as PyTorch does, with a plain convolution between and none at the end. */
const separable = parseArchitecture({
  ...common,
  name: 'separable',
  resolutionPx: 29,
  regularisation: { dropout: 0.1, stochasticDepth: 0 },
  stages: [
    { ...ends, name: 'stem', width: 16, stride: 2 },
    { name: 'stage1', block: 'separable', width: 24, repeats: 1, stride: 1 },
    { name: 'stage2', block: 'conv', kernel: 3, width: 24, repeats: 2, stride: 1 },
    { name: 'stage3', block: 'separable', kernel: 5, width: 32, repeats: 2, stride: 2 },
  ].map((stage) => ({ ...stage, activation: 'relu6', padding: 'symmetric' })),
});

/** ResNet's form: symmetric padding, a max pool, blocks with projections. */
const residual = parseArchitecture({
  ...common,
  name: 'residual',
  resolutionPx: 31,
  regularisation: { dropout: 0, stochasticDepth: 0 },
  stages: [
    { ...ends, name: 'stem', kernel: 7, width: 16, stride: 2, padding: 'symmetric' },
    { name: 'pool', block: 'maxPool', kernel: 3, width: 16, stride: 2, padding: 'symmetric' },
    { name: 'stage1', block: 'basic', width: 16, repeats: 1, stride: 1 },
    { name: 'stage2', block: 'basic', width: 24, repeats: 2, stride: 2 },
    { name: 'stage3', block: 'bottleneck', width: 32, repeats: 1, stride: 2 },
  ],
});

/** VGG's form: convolutions with a bias, pooling without padding, a flattened image and a hidden dense layer. */
const plain = parseArchitecture({
  ...common,
  name: 'plain',
  resolutionPx: 15,
  regularisation: { dropout: 0.5, stochasticDepth: 0 },
  stages: [
    { name: 'stage1', block: 'conv', width: 8, repeats: 1, stride: 1, norm: false },
    { name: 'pool1', block: 'maxPool', width: 8, stride: 2 },
    { name: 'stage2', block: 'conv', width: 16, repeats: 1, stride: 1 },
    { name: 'pool2', block: 'maxPool', width: 16, stride: 2 },
  ],
  classifier: { pool: 'flatten', hidden: [24] },
});

/** The demo's baseline, whose widths are no multiples of 8, at the scale and the odd size that a search may choose. */
const demo: Architecture = { ...(catalogue['mbconv-tiny'] as Architecture), classes: 12, resolutionPx: 37 };

export const networks = {
  excited,
  inverted,
  separable,
  residual,
  plain,
  demo,
  inception: inceptionNetwork,
  dense: denseNetwork,
} as const;

export type NetworkName = keyof typeof networks;

/** What timm's `EfficientNet` has blocks for. */
export const forTimm = ['excited', 'inverted', 'separable', 'demo'] as const satisfies readonly NetworkName[];
