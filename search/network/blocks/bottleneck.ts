import { z } from 'zod';
import { unless } from '../../base/identity.js';
import { activation, padding } from '../stage.js';
import { projected } from './basic.js';
import { defineBlock } from './block.js';

/**
 * The three-convolution residual block of ResNet-50 and deeper (arXiv 1512.03385, figure 5 right). The stride is in the 3×3 convolution, as
 * in all common implementations; the paper has it in the first 1×1.
 */
export const bottleneck = defineBlock({
  name: 'bottleneck',
  title: '1×1, 3×3 and 1×1 convolutions with a shortcut',
  residual: true,
  options: {
    reduction: z.number().min(1).max(64).default(4).describe('output channels over inner channels'),
    activation: activation.default('relu'),
    padding: padding.default('symmetric'),
  },
  identity: { reduction: unless(4), activation: unless('relu'), padding: unless('symmetric') },
  expand(builder, [input], { prefix, width, stride, dropPathRate }, { reduction, activation, padding }) {
    const inner = Math.max(1, Math.round(width / reduction));
    let x = builder.conv(`${prefix}/reduce`, input, { kernel: 1, padding, filters: inner, activation });
    x = builder.conv(`${prefix}/spatial`, x, { kernel: 3, stride, padding, filters: inner, activation });
    x = builder.conv(`${prefix}/restore`, x, { kernel: 1, padding, filters: width, activation: 'linear' });
    const shortcut = projected(builder, input, prefix, width, stride, padding);
    return builder.activate(`${prefix}/activation`, builder.residual(prefix, shortcut, x, dropPathRate), activation);
  },
});
