import { z } from 'zod';
import { InputError } from '../../base/errors.js';
import { never, unless } from '../../base/identity.js';
import { kernel, padding } from '../stage.js';
import { defineBlock } from './block.js';

/** Max pooling between stages. It keeps the channels, so its width must equal that of the previous stage, and it is never repeated. */
export const maxPool = defineBlock({
  name: 'maxPool',
  title: 'max pooling',
  residual: false,
  options: {
    kernel: kernel.default(2),
    padding: padding.default('valid'),
    repeats: z.literal(1).default(1),
    scaleDepth: z.literal(false).default(false),
  },
  identity: { kernel: unless(2), padding: unless('valid'), repeats: unless(1), scaleDepth: never },
  expand(builder, [input], { prefix, width, stride }, { kernel, padding }) {
    const channels = builder.shapeOf(input)[2];
    if (width !== channels)
      throw new InputError(
        'bad-value',
        `${prefix}.width: expected the ${channels} channels that max pooling reads, got ${width}`,
      );
    return builder.add(`${prefix}/pool`, [input], { op: 'maxPool', kernel, stride, padding });
  },
});
