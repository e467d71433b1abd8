import type { FusedOps } from '../backend.js';
import { makeActivation } from './activation.js';
import { makeBatchNormActivation } from './batch-norm.js';
import { makeSoftmaxCrossEntropy } from './cross-entropy.js';
import { Native, type NodeBackend } from './native.js';
import { makeOptimizerStep } from './optimizer-step.js';
import { makeSqueezeExcite } from './squeeze-excite.js';

/** The fused operations by TensorFlow's own kernels. */
export function makeFused(backend: NodeBackend): FusedOps {
  const native = new Native(backend);
  return {
    activation: makeActivation(native),
    batchNormActivation: makeBatchNormActivation(native),
    squeezeExcite: makeSqueezeExcite(native),
    softmaxCrossEntropy: makeSoftmaxCrossEntropy(native),
    optimizerStep: makeOptimizerStep(native),
  };
}
