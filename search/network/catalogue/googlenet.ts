import { type Architecture, parseArchitecture } from '../architecture.js';

/** Name and channels of each module: 1×1, 3×3 reduction, 3×3, 5×5 reduction, 5×5, after the pooling (arXiv 1409.4842, table 1). */
const modules = [
  ['3a', 64, 96, 128, 16, 32, 32],
  ['3b', 128, 128, 192, 32, 96, 64],
  ['4a', 192, 96, 208, 16, 48, 64],
  ['4b', 160, 112, 224, 24, 64, 64],
  ['4c', 128, 128, 256, 24, 64, 64],
  ['4d', 112, 144, 288, 32, 64, 64],
  ['4e', 256, 160, 320, 32, 128, 128],
  ['5a', 256, 160, 320, 32, 128, 128],
  ['5b', 384, 192, 384, 48, 128, 128],
] as const;

const conv = { block: 'conv', repeats: 1, padding: 'symmetric' };

/** A pooling that halves the image, rounding up. For images of even sides this equals torchvision's `ceil_mode`. */
const pool = (name: string, width: number, kernel: number) => ({
  ...{ name: `pool${name}`, block: 'maxPool', kernel, width, stride: 2, padding: 'same' },
});

const inception = ([name, pointwise, middleReduce, middle, largeReduce, large, pooled]: (typeof modules)[number]) => ({
  name: `inception${name}`,
  block: 'inception',
  width: pointwise + middle + large + pooled,
  repeats: 1,
  branches: { pointwise, middleReduce, middle, largeReduce, large, pool: pooled },
  largeKernel: 3,
});

const modulesOf = (prefix: string) => modules.filter(([name]) => name.startsWith(prefix)).map(inception);

/**
 * GoogLeNet as in torchvision: with batch norm, without auxiliary classifiers, and with 3×3 kernels where the paper has 5×5. Depth scaling
 * repeats modules; width scaling widens all branches of a module together.
 */
export const googlenet: Architecture = parseArchitecture({
  name: 'googlenet',
  title: 'GoogLeNet (Inception v1)',
  source: 'arXiv 1409.4842, table 1; with batch norm and 3×3 kernels as in torchvision',
  resolutionPx: 224,
  channels: 3,
  classes: 1000,
  stages: [
    { ...conv, name: 'stem', kernel: 7, width: 64, stride: 2, scaleDepth: false },
    pool('1', 64, 3),
    { ...conv, name: 'reduce', kernel: 1, width: 64, stride: 1, scaleDepth: false },
    { ...conv, name: 'stage2', kernel: 3, width: 192, stride: 1 },
    pool('2', 192, 3),
    ...modulesOf('3'),
    pool('3', 480, 3),
    ...modulesOf('4'),
    pool('4', 832, 2),
    ...modulesOf('5'),
  ].map((stage) => ({ stride: 1, ...stage })),
  classifier: { pool: 'average' },
  regularisation: { dropout: 0.2, stochasticDepth: 0 },
  widthDivisor: 8,
  batchNorm: { epsilon: 1e-3, momentum: 0.9 },
});
