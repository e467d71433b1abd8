import { z } from 'zod';
import { present, unless } from '../../base/identity.js';
import { activation, kernel, padding } from '../stage.js';
import { defineBlock } from './block.js';

/**
 * The mobile inverted bottleneck: 1×1 expansion, depthwise convolution, squeeze-and-excite, linear 1×1 projection, shortcut where input
 * and output have the same shape. MobileNetV2 (arXiv 1801.04381, figure 3) has it without squeeze-and-excite, MnasNet (1807.11626) and
 * EfficientNet (1905.11946) with it. With an expansion of 1 there is no first convolution.
 */
export const mbconv = defineBlock({
  name: 'mbconv',
  title: 'mobile inverted bottleneck, with or without squeeze-and-excite',
  residual: true,
  options: {
    kernel: kernel.default(3),
    expand: z.number().min(1).max(16).default(6).describe('expanded channels over input channels'),
    squeezeExcite: z
      .strictObject({
        ratio: z.number().gt(0).max(1).default(0.25).describe('squeezed channels over the input channels of the block'),
        activation: activation.default('swish').describe('between the two dense layers'),
      })
      .optional(),
    activation: activation.default('swish'),
    padding: padding.default('same'),
  },
  identity: {
    kernel: unless(3),
    expand: unless(6),
    squeezeExcite: present({ ratio: unless(0.25), activation: unless<z.infer<typeof activation>>('swish') }),
    activation: unless('swish'),
    padding: unless('same'),
  },
  expand(builder, [input], { prefix, width, stride, dropPathRate }, options) {
    const { kernel, activation, padding, squeezeExcite } = options;
    const channels = builder.shapeOf(input)[2];
    const expanded = Math.round(channels * options.expand);
    let x = input;
    if (expanded !== channels)
      x = builder.conv(`${prefix}/expand`, x, { kernel: 1, padding: 'same', filters: expanded, activation });
    x = builder.conv(`${prefix}/depthwise`, x, { kernel, stride, padding, activation });
    if (squeezeExcite) {
      x = builder.add(`${prefix}/squeeze`, [x], {
        op: 'squeezeExcite',
        squeezed: Math.max(1, Math.floor(channels * squeezeExcite.ratio)),
        activation: squeezeExcite.activation,
        gate: 'sigmoid',
      });
    }
    x = builder.conv(`${prefix}/project`, x, { kernel: 1, padding: 'same', filters: width, activation: 'linear' });
    const hasShortcut = stride === 1 && channels === width;
    return hasShortcut ? builder.residual(prefix, input, x, dropPathRate) : x;
  },
});
