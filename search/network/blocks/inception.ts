import { z } from 'zod';
import { always, unless } from '../../base/identity.js';
import { activation, kernel } from '../stage.js';
import { defineBlock } from './block.js';

const part = z.number().gt(0).max(65_536);

/**
 * An Inception module (GoogLeNet, arXiv 1409.4842, figure 2b). Four branches read the same input and are concatenated: a 1×1 convolution, a
 * 3×3 and a larger convolution each after a 1×1 reduction, and a pooling followed by a 1×1 convolution. The channels of the branches are
 * proportions: the four outputs share the stage's width and the two reductions keep their ratio to it, so width scaling reaches them all.
 */
export const inception = defineBlock({
  name: 'inception',
  title: 'parallel convolutions of different sizes and a pooling, concatenated',
  residual: false,
  options: {
    stride: z.literal(1).default(1),
    branches: z
      .strictObject({
        pointwise: part.describe('the 1×1 convolution'),
        middleReduce: part.describe('the 1×1 convolution before the 3×3 one'),
        middle: part.describe('the 3×3 convolution'),
        largeReduce: part.describe('the 1×1 convolution before the larger one'),
        large: part.describe('the larger convolution'),
        pool: part.describe('the 1×1 convolution after the pooling'),
      })
      .describe('relative channels of each convolution; pointwise + middle + large + pool corresponds to the width'),
    largeKernel: kernel.default(5).describe('side of the larger kernel'),
    pool: z.enum(['max', 'average']).default('max').describe('3×3 pooling of the last branch'),
    activation: activation.default('relu'),
    padding: z.enum(['same', 'symmetric']).default('symmetric'),
  },
  identity: {
    stride: unless(1),
    branches: always,
    largeKernel: unless(5),
    pool: unless('max'),
    activation: unless('relu'),
    padding: unless('symmetric'),
  },
  expand(builder, [input], { prefix, width }, { branches, largeKernel, pool, activation, padding }) {
    const channels = channelsOf(branches, width);
    const conv = (name: keyof Branches, x: string, kernel: number): string =>
      builder.conv(`${prefix}/${name}`, x, { kernel, padding, filters: channels[name], activation });
    const window = { kernel: 3, stride: 1, padding } as const;
    const pooled = builder.add(
      `${prefix}/pooling`,
      [input],
      pool === 'max' ? { op: 'maxPool', ...window } : { op: 'averagePool', ...window, countPadding: true },
    );
    const outputs = [
      conv('pointwise', input, 1),
      conv('middle', conv('middleReduce', input, 1), 3),
      conv('large', conv('largeReduce', input, 1), largeKernel),
      conv('pool', pooled, 1),
    ];
    return builder.add(`${prefix}/concat`, outputs, { op: 'concat' });
  },
});

type Branches = Readonly<Record<'pointwise' | 'middleReduce' | 'middle' | 'largeReduce' | 'large' | 'pool', number>>;

/** Channels in proportion to the branches, at least one each. The widest output takes the rounding error, so that the outputs add up to `width`. */
function channelsOf(branches: Branches, width: number): Branches {
  const outputs = ['pointwise', 'middle', 'large', 'pool'] as const;
  const total = outputs.reduce((sum, name) => sum + branches[name], 0);
  const share = (name: keyof Branches): number => Math.max(1, Math.round((branches[name] / total) * width));
  const widest = outputs.reduce((a, b) => (branches[b] > branches[a] ? b : a));
  const others = outputs.filter((name) => name !== widest).reduce((sum, name) => sum + share(name), 0);
  return {
    pointwise: share('pointwise'),
    middleReduce: share('middleReduce'),
    middle: share('middle'),
    largeReduce: share('largeReduce'),
    large: share('large'),
    pool: share('pool'),
    [widest]: Math.max(1, width - others),
  };
}
