import { z } from 'zod';
import { always, unless } from '../../base/identity.js';
import { activation, stageFields } from '../stage.js';
import { defineBlock } from './block.js';

/**
 * One layer of a dense block (DenseNet-BC, arXiv 1608.06993, section 3): batch norm, activation, 1×1 convolution to `inner` times the growth
 * rate, batch norm, activation, 3×3 convolution to the growth rate, whose output is appended to the layer's input. The stage's width is the
 * growth rate, so a stage of n layers adds n times its width in channels. A stage with a stride starts with the paper's transition: batch
 * norm, activation, 1×1 convolution to `compression` times the channels, average pooling.
 */
export const dense = defineBlock({
  name: 'dense',
  title: 'dense layer, whose output is appended to its input',
  residual: false,
  options: {
    width: stageFields.width.describe('growth rate: channels that each layer adds'),
    inner: z
      .number()
      .gt(0)
      .max(64)
      .default(4)
      .describe('channels between the two convolutions, as a multiple of the growth rate'),
    compression: z
      .number()
      .gt(0)
      .max(1)
      .default(0.5)
      .describe('channels after a transition, as a share of those before it'),
    activation: activation.default('relu'),
    padding: z.enum(['same', 'symmetric']).default('symmetric'),
  },
  identity: {
    width: always,
    inner: unless(4),
    compression: unless(0.5),
    activation: unless('relu'),
    padding: unless('symmetric'),
  },
  expand(builder, [input], { prefix, width, stride }, { inner, compression, activation, padding }) {
    const activated = (name: string, x: string): string =>
      builder.activate(`${name}/activation`, builder.norm(`${name}/norm`, x), activation);
    const convolved = (name: string, x: string, kernel: number, filters: number): string =>
      builder.add(`${name}/conv`, [activated(name, x)], {
        op: 'conv',
        kernel,
        stride: 1,
        padding,
        filters,
        bias: false,
      });
    let x = input;
    if (stride > 1) {
      const compressed = Math.max(1, Math.floor(builder.shapeOf(x)[2] * compression));
      x = convolved(`${prefix}/transition`, x, 1, compressed);
      const pool = { op: 'averagePool', kernel: stride, stride, padding: 'valid', countPadding: false } as const;
      x = builder.add(`${prefix}/transition/pool`, [x], pool);
    }
    const reduced = convolved(`${prefix}/reduce`, x, 1, Math.max(1, Math.round(width * inner)));
    const grown = convolved(`${prefix}/grow`, reduced, 3, width);
    return builder.add(`${prefix}/concat`, [x, grown], { op: 'concat' });
  },
});
