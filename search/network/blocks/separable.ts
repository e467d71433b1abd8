import { unless } from '../../base/identity.js';
import { activation, kernel, padding } from '../stage.js';
import { defineBlock } from './block.js';

/** Depthwise separable convolution (MobileNetV1, arXiv 1704.04861, figure 3): depthwise, then 1×1, each with batch norm and activation. */
export const separable = defineBlock({
  name: 'separable',
  title: 'depthwise separable convolution',
  residual: false,
  options: {
    kernel: kernel.default(3),
    activation: activation.default('relu'),
    padding: padding.default('same'),
  },
  identity: { kernel: unless(3), activation: unless('relu'), padding: unless('same') },
  expand(builder, [input], { prefix, width, stride }, { kernel, activation, padding }) {
    const x = builder.conv(`${prefix}/depthwise`, input, { kernel, stride, padding, activation });
    return builder.conv(`${prefix}/pointwise`, x, { kernel: 1, padding: 'same', filters: width, activation });
  },
});
