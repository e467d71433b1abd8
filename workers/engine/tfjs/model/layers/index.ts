import { lookup } from '../../../../../search/base/errors.js';
import type { Layer, OperationName } from '../../../../../search/network/layers/index.js';
import type { EngineLayer } from '../operations.js';
import { activation } from './activation.js';
import { add } from './add.js';
import { averagePool } from './average-pool.js';
import { batchNorm } from './batch-norm.js';
import { concat } from './concat.js';
import { conv } from './conv.js';
import { dense } from './dense.js';
import { depthwise } from './depthwise.js';
import { dropout, dropPath } from './dropout.js';
import { flatten } from './flatten.js';
import { globalAveragePool } from './global-average-pool.js';
import { maxPool } from './max-pool.js';
import { squeezeExcite } from './squeeze-excite.js';

/** How TensorFlow.js computes and saves each operation. */
export const engineLayers: { readonly [Op in OperationName]: EngineLayer<Op> } = {
  conv,
  depthwise,
  batchNorm,
  activation,
  squeezeExcite,
  maxPool,
  averagePool,
  globalAveragePool,
  flatten,
  dense,
  dropout,
  dropPath,
  add,
  concat,
};

/** The entry of a layer's operation; an unknown one is an `InputError`. */
export function engineLayerOf(layer: Layer): EngineLayer<Layer['op']> {
  return lookup<unknown>(engineLayers, layer.op, `${layer.name}.op`) as EngineLayer<Layer['op']>;
}
