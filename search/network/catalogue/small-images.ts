import { type Architecture, parseArchitecture } from '../architecture.js';
import { efficientnetB0 } from './efficientnet.js';
import { mobilenetV2 } from './mobilenet.js';

/**
 * A profile of an ImageNet network for images of 32 to 64 px. Three things differ from the original: the stem and the first strided stage
 * keep the resolution, so that the total stride is 8 and a 32-px image reaches the classifier as 4×4 (the original would make it 1×1); it
 * starts at 32 px with 10 classes; and batch norm forgets faster, because schedules on small data have fewer steps. Widths, repeats and
 * kernels are unchanged.
 */
function smallImageProfile(original: Architecture): Architecture {
  return parseArchitecture({
    ...original,
    name: `${original.name}-small`,
    title: `${original.title} for small images`,
    source: `${original.name} with stride 8`,
    resolutionPx: 32,
    classes: 10,
    stages: original.stages.map((stage) =>
      stage.name === 'stem' || stage.name === 'stage2' ? { ...stage, stride: 1 } : stage,
    ),
    batchNorm: { ...original.batchNorm, momentum: 0.9 },
  });
}

export const efficientnetB0Small: Architecture = smallImageProfile(efficientnetB0);

export const mobilenetV2Small: Architecture = smallImageProfile(mobilenetV2);

/** Name and stages of a network of inverted bottlenecks that trains in seconds on a CPU: 32 px, stride 8, about one million multiply-adds. */
interface QuickNetwork {
  readonly name: string;
  readonly title: string;
  readonly source: string;
  readonly stages: readonly (readonly [width: number, repeats: number, stride: number])[];
}

/** For trying out a search, not for accuracy. Widths are multiples of 4 and are rounded to multiples of 4, so that small β change them, too. */
function quickNetwork({ stages, ...names }: QuickNetwork): Architecture {
  return parseArchitecture({
    ...names,
    resolutionPx: 32,
    channels: 3,
    classes: 10,
    stages: [
      { name: 'stem', block: 'conv', width: 12, repeats: 1, stride: 2, scaleDepth: false, activation: 'relu' },
      ...stages.map(([width, repeats, stride], i) => ({
        name: `stage${i + 1}`,
        block: 'mbconv',
        width,
        repeats,
        stride,
        expand: 3,
        activation: 'relu',
      })),
      {
        name: 'head',
        block: 'conv',
        kernel: 1,
        width: 96,
        repeats: 1,
        stride: 1,
        scaleDepth: false,
        activation: 'relu',
      },
    ],
    classifier: { pool: 'average' },
    regularisation: { dropout: 0.1, stochasticDepth: 0 },
    widthDivisor: 4,
    batchNorm: { epsilon: 1e-3, momentum: 0.9 },
  });
}

export const mbconvTiny: Architecture = quickNetwork({
  name: 'mbconv-tiny',
  title: 'MBConv tiny',
  source: 'a small relative of MobileNetV2 for 32-px images',
  stages: [
    [12, 1, 1],
    [20, 2, 2],
    [32, 3, 2],
  ],
});

/** Three blocks. Even at twice this depth it learns within a schedule of minutes. */
export const mbconvShallow: Architecture = quickNetwork({
  name: 'mbconv-shallow',
  title: 'MBConv shallow',
  source: 'a relative of MobileNetV2 with one block in each stage, for 32-px images',
  stages: [
    [16, 1, 1],
    [24, 1, 2],
    [40, 1, 2],
  ],
});
