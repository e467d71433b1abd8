import { type Architecture, parseArchitecture } from '../architecture.js';

/**
 * A DenseNet-BC (arXiv 1608.06993, table 1), padded as in torchvision. Depth scaling multiplies the layers of each dense block, which is how the
 * paper's own family grows; width scaling multiplies the growth rate and the stem.
 */
function densenet(title: string, layers: readonly [number, number, number, number]): Architecture {
  return parseArchitecture({
    name: title.toLowerCase().replace('-', ''),
    title,
    source: 'arXiv 1608.06993, table 1; torchvision',
    resolutionPx: 224,
    channels: 3,
    classes: 1000,
    stages: [
      {
        name: 'stem',
        block: 'conv',
        kernel: 7,
        width: 64,
        repeats: 1,
        stride: 2,
        scaleDepth: false,
        padding: 'symmetric',
      },
      { name: 'pool', block: 'maxPool', kernel: 3, width: 64, stride: 2, padding: 'symmetric' },
      ...layers.map((repeats, i) => ({
        name: `stage${i + 1}`,
        block: 'dense',
        width: 32,
        repeats,
        stride: i === 0 ? 1 : 2,
      })),
    ],
    classifier: { pool: 'average', norm: true },
    regularisation: { dropout: 0, stochasticDepth: 0 },
    widthDivisor: 8,
    batchNorm: { epsilon: 1e-5, momentum: 0.9 },
  });
}

export const densenet121: Architecture = densenet('DenseNet-121', [6, 12, 24, 16]);

export const densenet169: Architecture = densenet('DenseNet-169', [6, 12, 32, 32]);

export const densenet201: Architecture = densenet('DenseNet-201', [6, 12, 48, 32]);
