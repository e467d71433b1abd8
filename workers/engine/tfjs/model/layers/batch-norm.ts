import * as tfl from '@tensorflow/tfjs-layers';
import type { ActivationName, LayerOf } from '../../../../../search/network/layers/index.js';
import type { BatchNormParams } from '../../backend.js';
import { stockName } from '../../layers-model/stock.js';
import { type EngineLayer, type Operation, read, type StepContext, unary } from '../operations.js';

export const batchNorm: EngineLayer<'batchNorm'> = {
  compute: (layer) => batchNormActivation(layer, 'linear'),
  write(stock, layer, [input]) {
    const { epsilon, momentum } = layer;
    const norm = tfl.layers.batchNormalization({ name: stockName(layer.name), epsilon, momentum });
    return stock.applyWith(norm, stock.image(input), layer.name, ['gamma', 'beta', 'movingMean', 'movingVariance']);
  },
};

/** Batch norm and the activation that follows it, as one operation. */
export function batchNormActivation(layer: LayerOf<'batchNorm'>, activation: ActivationName): Operation {
  return unary((x, context) =>
    context.fused.batchNormActivation(x, normOf(context, layer, activation), context.training),
  );
}

/** The tensors and constants of a batch norm, as the fused operations take them. */
export function normOf(
  { weights, statisticsShare }: StepContext,
  { name, epsilon, momentum }: LayerOf<'batchNorm'>,
  activation: ActivationName,
): BatchNormParams {
  return {
    gamma: read(weights, name, 'gamma'),
    beta: read(weights, name, 'beta'),
    movingMean: read(weights, name, 'movingMean'),
    movingVariance: read(weights, name, 'movingVariance'),
    epsilon,
    momentum: momentum ** statisticsShare,
    activation,
  };
}
