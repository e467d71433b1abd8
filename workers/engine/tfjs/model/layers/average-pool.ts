import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { InputError } from '../../../../../search/base/errors.js';
import type { LayerOf, Shape } from '../../../../../search/network/layers/index.js';
import { stockName } from '../../layers-model/stock.js';
import { scaleBy } from '../combine.js';
import { type EngineLayer, unary } from '../operations.js';
import { type PaddingPlan, pad, paddedPixels, planPadding } from '../padding.js';

export const averagePool: EngineLayer<'averagePool'> = {
  compute(layer, input) {
    const { kernel, stride, countPadding } = layer;
    const plan = planOf(layer, input);
    const shares = plan.mode === 'explicit' && !countPadding ? windowShares(layer, input) : null;
    return unary((image) => {
      const { x, mode } = pad(image, plan);
      const means = tf.avgPool(x, kernel, stride, mode);
      return shares ? scaleBy(means, tf.tensor4d(shares, [1, layer.shape[0], layer.shape[1], 1])) : means;
    });
  },
  write(stock, layer, [input]) {
    const name = stockName(layer.name);
    const plan = planOf(layer, input.shape);
    if (plan.mode === 'explicit' && !layer.countPadding)
      throw new InputError(
        'bad-value',
        `${layer.name}.padding: symmetric average pooling at stride ${layer.stride} can be exported only where the padding counts`,
      );
    const { x, padding } = stock.padded(input, plan, name);
    return stock.apply(
      tfl.layers.averagePooling2d({ name, poolSize: layer.kernel, strides: layer.stride, padding }),
      x,
    );
  },
};

/** TensorFlow's own padding never counts; where it must, the zeros are explicit. */
function planOf(layer: LayerOf<'averagePool'>, input: Shape): PaddingPlan {
  const { rows, columns } = paddedPixels(layer, input);
  const isPadded = [...rows, ...columns].some((pixels) => pixels > 0);
  return layer.countPadding && isPadded ? { mode: 'explicit', rows, columns } : planPadding(layer, input);
}

/** [1, height, width, 1]: size of each window over the number of its pixels inside the image. */
function windowShares(layer: LayerOf<'averagePool'>, [height, width]: Shape): Float32Array {
  const { kernel, stride, shape } = layer;
  const before = (kernel - 1) / 2;
  const inside = (output: number, side: number): number => {
    const first = output * stride - before;
    return Math.min(first + kernel, side) - Math.max(first, 0);
  };
  return Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => {
    const pixels = inside(Math.floor(i / shape[1]), height) * inside(i % shape[1], width);
    return kernel ** 2 / pixels;
  });
}
