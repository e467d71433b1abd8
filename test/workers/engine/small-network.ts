import { type Architecture, parseArchitecture } from '../../../search/network/architecture.js';

/** A network that the reference engine trains in a blink and that has every fused operation: strides, depthwise 3×3 and 5×5, squeeze-and-excite, a shortcut. */
export const smallNetwork: Architecture = parseArchitecture({
  name: 'small',
  resolutionPx: 11,
  channels: 3,
  classes: 5,
  stages: [
    { name: 'stem', block: 'conv', width: 8, repeats: 1, stride: 2, activation: 'swish' },
    ...[3, 5].map((kernel, i) => ({
      name: `stage${i + 1}`,
      block: 'mbconv',
      width: 8,
      repeats: 1,
      stride: 1,
      kernel,
      expand: 2,
      squeezeExcite: { ratio: 0.25, activation: 'swish' },
      activation: i === 0 ? 'swish' : 'relu6',
    })),
  ],
  classifier: { pool: 'average' },
  regularisation: { dropout: 0, stochasticDepth: 0 },
  widthDivisor: 8,
  batchNorm: { epsilon: 1e-3, momentum: 0.9 },
});

/** Images a step. */
export const smallBatch = 6;
