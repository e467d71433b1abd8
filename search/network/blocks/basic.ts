import { unless } from '../../base/identity.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { Padding } from '../layers/index.js';
import { activation, padding } from '../stage.js';
import { defineBlock } from './block.js';

/** The two-convolution residual block of ResNet-18 and -34 (arXiv 1512.03385, figure 5 left), with a 1×1 projection where the shape changes. */
export const basic = defineBlock({
  name: 'basic',
  title: 'two 3×3 convolutions with a shortcut',
  residual: true,
  options: {
    activation: activation.default('relu'),
    padding: padding.default('symmetric'),
  },
  identity: { activation: unless('relu'), padding: unless('symmetric') },
  expand(builder, [input], { prefix, width, stride, dropPathRate }, { activation, padding }) {
    const common = { padding, filters: width };
    let x = builder.conv(`${prefix}/first`, input, { ...common, kernel: 3, stride, activation });
    x = builder.conv(`${prefix}/second`, x, { ...common, kernel: 3, activation: 'linear' });
    const shortcut = projected(builder, input, prefix, width, stride, padding);
    return builder.activate(`${prefix}/activation`, builder.residual(prefix, shortcut, x, dropPathRate), activation);
  },
});

/** The shortcut of a ResNet block: the input itself, or a strided 1×1 convolution with batch norm where the shape changes (option B of the paper). */
export function projected(
  builder: GraphBuilder,
  input: string,
  prefix: string,
  width: number,
  stride: number,
  padding: Padding,
): string {
  if (stride === 1 && builder.shapeOf(input)[2] === width) return input;
  return builder.conv(`${prefix}/shortcut`, input, {
    kernel: 1,
    stride,
    padding,
    filters: width,
    activation: 'linear',
  });
}
