import { type Architecture, parseArchitecture } from '../architecture.js';

/** A ResNet (arXiv 1512.03385, table 1), padded and strided as torchvision's. */
function resnet(title: string, block: 'basic' | 'bottleneck', widths: readonly number[], repeats: readonly number[]) {
  return parseArchitecture({
    name: title.toLowerCase().replace('-', ''),
    title,
    source: 'arXiv 1512.03385, table 1; stride in the 3×3 convolution as in torchvision',
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
      ...widths.map((width, i) => ({
        name: `stage${i + 1}`,
        block,
        width,
        repeats: repeats[i],
        stride: i === 0 ? 1 : 2,
      })),
    ],
    classifier: { pool: 'average' },
    regularisation: { dropout: 0, stochasticDepth: 0 },
    widthDivisor: 8,
    batchNorm: { epsilon: 1e-5, momentum: 0.9 },
  });
}

export const resnet18: Architecture = resnet('ResNet-18', 'basic', [64, 128, 256, 512], [2, 2, 2, 2]);

export const resnet50: Architecture = resnet('ResNet-50', 'bottleneck', [256, 512, 1024, 2048], [3, 4, 6, 3]);
