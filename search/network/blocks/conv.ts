import { z } from 'zod';
import { unless } from '../../base/identity.js';
import { activation, kernel, padding } from '../stage.js';
import { defineBlock } from './block.js';

/** One convolution, with batch norm or (VGG) with a bias, and an activation. Stems and final convolutions are stages of this block, too. */
export const conv = defineBlock({
  name: 'conv',
  title: 'convolution, batch norm or bias, activation',
  residual: false,
  options: {
    kernel: kernel.default(3),
    activation: activation.default('relu'),
    norm: z.boolean().default(true).describe('false: a bias instead of batch norm'),
    padding: padding.default('same'),
  },
  identity: { kernel: unless(3), activation: unless('relu'), norm: unless(true), padding: unless('same') },
  expand(builder, [input], { prefix, width, stride }, { kernel, activation, norm, padding }) {
    return builder.conv(prefix, input, { kernel, stride, padding, filters: width, norm, activation });
  },
});
